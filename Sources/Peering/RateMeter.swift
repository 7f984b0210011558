import Bytes

/// Kilobits per second over the last 1024 ms, in eight slots of 128 ms (links.md 3.6).
public struct RateMeter: Sendable {
  static var slotCount: Int { 8 }
  /// All slots are older than this after a pause so long.
  static var windowMilliseconds: UInt64 { 1024 }
  /// So long within one and the same slot means that the window went round once.
  static var sameSlotMilliseconds: UInt64 { 512 }

  private var slots = InlineArray<8, UInt32>(repeating: 0)
  private var last: UInt64 = 0

  public init() {}

  /// Adds `byteCount` bytes at `now`.
  @_optimize(speed)
  public mutating func add(_ byteCount: Int, at now: Instant) {
    // A clock that goes backwards counts as one that stands.
    let time = max(now.milliseconds, last)
    if time >> 7 != last >> 7 { turn(to: time) }
    last = time
    let slot = Int(truncatingIfNeeded: time >> 7) & 7
    slots[slot] = slots[slot] &+ UInt32(truncatingIfNeeded: byteCount)
  }

  /// Empties the slots between that of `last` and that of `time`, a later one.
  @inline(never)
  private mutating func turn(to time: UInt64) {
    let passed = time - last
    var slot = Int(last >> 7 & 7)
    let target = Int(time >> 7 & 7)
    if passed > Self.windowMilliseconds || (slot == target && passed > Self.sameSlotMilliseconds) {
      for i in 0..<Self.slotCount { slots[i] = 0 }
    } else {
      while slot != target {
        slot = (slot + 1) & 7
        slots[slot] = 0
      }
    }
  }

  /// The rate at `now`.
  public mutating func rate(at now: Instant) -> UInt32 {
    add(0, at: now)
    var total: UInt64 = 0
    for i in 0..<Self.slotCount { total += UInt64(slots[i]) }
    return UInt32(truncatingIfNeeded: total >> 7)
  }
}
