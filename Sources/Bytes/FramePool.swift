/// The memory of all frames of a process: `frameCount` slots of one size, allocated once.
///
/// Must outlive every `FrameBuffer` taken from it. Not for use by several threads.
public final class FramePool {
  /// Bytes of one slot: headroom for what is pushed in front, the largest frame accepted from a
  /// link (3496, links.md section 8), and room behind for a driver's padding.
  public static var slotByteCount: Int { 4096 }

  let memory: UnsafeMutablePointer<UInt8>
  /// Free slots as a stack of indices; the last `freeCount` returned come first (warm in cache).
  let free: UnsafeMutablePointer<UInt16>
  var freeCount: Int
  public let frameCount: Int
  /// How often a frame was wanted and none was left.
  public private(set) var exhaustedCount: UInt64 = 0

  /// `frameCount` is 1 to 65535.
  public init(frameCount: Int) {
    precondition(frameCount > 0 && frameCount <= 65535)
    self.frameCount = frameCount
    memory = .allocate(capacity: frameCount * Self.slotByteCount)
    free = .allocate(capacity: frameCount)
    for i in 0..<frameCount { free[i] = UInt16(frameCount - 1 - i) }
    freeCount = frameCount
  }

  deinit {
    precondition(freeCount == frameCount, "a frame outlives its pool")
    memory.deallocate()
    free.deallocate()
  }

  /// How many frames can be taken now.
  public var availableCount: Int { freeCount }

  /// An empty frame with `headroom` bytes in front, or nil (and a count) when all are in use.
  public func take(headroom: Int = FrameBuffer.headroomDefault) -> FrameBuffer? {
    guard freeCount > 0 else {
      exhaustedCount += 1
      return nil
    }
    freeCount -= 1
    return FrameBuffer(pool: self, slot: free[freeCount], headroom: headroom)
  }

  /// Frees the slot that begins at `base`.
  func giveBack(_ base: UnsafeMutablePointer<UInt8>) {
    free[freeCount] = UInt16(truncatingIfNeeded: (base - memory) / Self.slotByteCount)
    freeCount += 1
  }
}
