extension UnsafePointer<UInt8> {
  /// The 4 bytes at `offset`, least significant first, on every machine.
  @inline(__always)
  func load32(littleEndianAt offset: Int) -> UInt32 {
    UInt32(self[offset]) | UInt32(self[offset + 1]) << 8 | UInt32(self[offset + 2]) << 16
      | UInt32(self[offset + 3]) << 24
  }
}

extension UnsafeMutablePointer<UInt8> {
  /// Writes 4 bytes at `offset`, least significant first, on every machine.
  @inline(__always)
  func store(_ value: UInt32, littleEndianAt offset: Int) {
    self[offset] = UInt8(truncatingIfNeeded: value)
    self[offset + 1] = UInt8(truncatingIfNeeded: value >> 8)
    self[offset + 2] = UInt8(truncatingIfNeeded: value >> 16)
    self[offset + 3] = UInt8(truncatingIfNeeded: value >> 24)
  }
}
