// Numbers are read and written byte by byte: the standard library's byte-order properties are
// wrong in the big-endian appliance build, and most routers fault on unaligned words.

extension Span<UInt8> {
  /// The 2 bytes at `offset`, most significant first. The caller has checked the length.
  @inlinable @inline(__always)
  public func load16(bigEndianAt offset: Int) -> UInt16 {
    UInt16(self[offset]) << 8 | UInt16(self[offset + 1])
  }

  /// The 4 bytes at `offset`, most significant first. The caller has checked the length.
  @inlinable @inline(__always)
  public func load32(bigEndianAt offset: Int) -> UInt32 {
    UInt32(self[offset]) << 24 | UInt32(self[offset + 1]) << 16
      | UInt32(self[offset + 2]) << 8 | UInt32(self[offset + 3])
  }

  /// The 8 bytes at `offset`, most significant first. The caller has checked the length.
  @inlinable @inline(__always)
  public func load64(bigEndianAt offset: Int) -> UInt64 {
    UInt64(load32(bigEndianAt: offset)) << 32 | UInt64(load32(bigEndianAt: offset + 4))
  }
}

extension MutableSpan<UInt8> {
  /// Writes 2 bytes at `offset`, most significant first. The caller has checked the length.
  @inline(__always)
  @_lifetime(self: copy self)
  public mutating func store(_ value: UInt16, bigEndianAt offset: Int) {
    self[offset] = UInt8(truncatingIfNeeded: value >> 8)
    self[offset + 1] = UInt8(truncatingIfNeeded: value)
  }

  /// Writes 4 bytes at `offset`, most significant first. The caller has checked the length.
  @inline(__always)
  @_lifetime(self: copy self)
  public mutating func store(_ value: UInt32, bigEndianAt offset: Int) {
    store(UInt16(truncatingIfNeeded: value >> 16), bigEndianAt: offset)
    store(UInt16(truncatingIfNeeded: value), bigEndianAt: offset + 2)
  }

  /// Writes 8 bytes at `offset`, most significant first. The caller has checked the length.
  @inline(__always)
  @_lifetime(self: copy self)
  public mutating func store(_ value: UInt64, bigEndianAt offset: Int) {
    store(UInt32(truncatingIfNeeded: value >> 32), bigEndianAt: offset)
    store(UInt32(truncatingIfNeeded: value), bigEndianAt: offset + 4)
  }

  /// Copies `bytes` to `offset`. The caller has checked the length.
  @_lifetime(self: copy self)
  public mutating func store(_ bytes: Span<UInt8>, at offset: Int) {
    for i in 0..<bytes.count { self[offset + i] = bytes[i] }
  }
}
