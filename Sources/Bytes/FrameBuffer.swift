/// One frame on its way through the node: bytes that are pushed to and pulled from at the front
/// and encrypted in place. Owns a slot of a `FramePool` and gives it back at its end.
///
/// ```
/// | headroom | bytes (count) | tailroom |
/// 0          start           end        FramePool.slotByteCount
/// ```
public struct FrameBuffer: ~Copyable {
  /// Room for all that a TUN packet gains on its way out: handshake 120 + handle 4 + data header 4
  /// − IPv6 header 40, switch header 12, link handshake 120; rounded up.
  public static var headroomDefault: Int { 320 }

  // Four words: that much is moved from hand to hand without calling memcpy.
  private let pool: FramePool
  private let base: UnsafeMutablePointer<UInt8>
  private var start: Int
  private var end: Int

  init(pool: FramePool, slot: UInt16, headroom: Int) {
    precondition(headroom >= 0 && headroom <= FramePool.slotByteCount)
    self.pool = pool
    base = pool.memory + Int(slot) * FramePool.slotByteCount
    start = headroom
    end = headroom
  }

  deinit { pool.giveBack(base) }

  /// Bytes in the frame.
  public var count: Int { end - start }
  /// Bytes that can be pushed in front.
  public var headroom: Int { start }
  /// Bytes that can be appended.
  public var tailroom: Int { FramePool.slotByteCount - end }

  /// The frame's bytes, borrowed.
  public var span: Span<UInt8> {
    @_lifetime(borrow self)
    borrowing get {
      let span = Span(_unsafeStart: base + start, count: end - start)
      return _overrideLifetime(span, borrowing: self)
    }
  }

  /// The frame's bytes, borrowed for writing.
  public var mutableSpan: MutableSpan<UInt8> {
    @_lifetime(&self)
    mutating get {
      let span = MutableSpan(_unsafeStart: base + start, count: end - start)
      return _overrideLifetime(span, mutating: &self)
    }
  }

  /// Makes room for `byteCount` bytes in front (their content is undefined). There must be room.
  @inline(__always)
  public mutating func push(_ byteCount: Int) {
    precondition(byteCount >= 0 && byteCount <= start, "no headroom left")
    start -= byteCount
  }

  /// Takes `byteCount` bytes off the front; they must be there.
  @inline(__always)
  public mutating func pull(_ byteCount: Int) {
    precondition(byteCount >= 0 && byteCount <= end - start, "frame too short")
    start += byteCount
  }

  /// Shortens or lengthens the frame at its end to `byteCount` bytes (new content is undefined).
  /// There must be room.
  public mutating func resize(to byteCount: Int) {
    precondition(byteCount >= 0 && start + byteCount <= FramePool.slotByteCount, "no tailroom left")
    end = start + byteCount
  }

  /// Empties the frame and leaves `headroom` bytes in front.
  public mutating func reset(headroom: Int = FrameBuffer.headroomDefault) {
    precondition(headroom >= 0 && headroom <= FramePool.slotByteCount)
    start = headroom
    end = headroom
  }

  /// Appends a copy of `bytes`; false, and nothing done, if there is no room.
  @discardableResult
  public mutating func append(_ bytes: Span<UInt8>) -> Bool {
    guard bytes.count <= tailroom else { return false }
    for i in 0..<bytes.count { base[end + i] = bytes[i] }
    end += bytes.count
    return true
  }

  /// The address of the first byte and the room behind it, for a driver that hands the frame to
  /// the kernel. Valid as long as the frame lives and is neither pushed nor pulled.
  public var rawStart: UnsafeMutablePointer<UInt8> { base + start }
}
