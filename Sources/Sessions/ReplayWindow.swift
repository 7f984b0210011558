/// Which counters have come, as a window of 64 that only moves up (crypto.md 3.10). To be asked
/// about authentic packets only: whoever can move it can lock the session.
public struct ReplayWindow: Equatable, Sendable {
  /// The counter of a session's first run packet.
  private static var first: UInt32 { 4 }

  /// The counter of the lowest bit; everything below is refused.
  public private(set) var base: UInt32
  /// Bit i stands for the counter base + i.
  public private(set) var bits: UInt64 = 0
  /// Bit i stands for the counter base − 1 − i, which may still come.
  private var overtaken: UInt64 = 0
  public private(set) var duplicateCount: UInt32 = 0
  public private(set) var lostCount: UInt32 = 0
  public private(set) var outOfRangeCount: UInt32 = 0

  public init(base: UInt32 = 0) { self.base = base }

  /// True the first time that `counter` comes, if it is not too old.
  public mutating func accept(_ counter: UInt32) -> Bool {
    guard counter >= base else {
      let bit: UInt64 = 1 << UInt64(min(base - 1 - counter, 63))
      if overtaken & bit != 0 {
        overtaken &= ~bit
        return true
      }
      outOfRangeCount &+= 1
      return false
    }
    var offset = counter - base
    while offset > 63 {
      // In steady traffic half the window goes at a time; behind a gap 47 older may still come.
      let shift = UInt32(truncatingIfNeeded: bits) == .max ? 32 : offset - 47
      let leaving = shift > 63 ? bits : bits & (1 << UInt64(shift) - 1)
      lostCount &+= shift - UInt32(leaving.nonzeroBitCount)
      base += shift
      overtaken = 0
      bits = shift > 63 ? 0 : bits >> UInt64(shift)
      offset -= shift
    }
    let bit: UInt64 = 1 << UInt64(offset)
    guard bits & bit == 0 else {
      duplicateCount &+= 1
      return false
    }
    bits |= bit
    return true
  }

  /// Starts over behind `counter`, as the first packet of a session does. Others that it has
  /// overtaken may still come, once each: the original refuses those.
  mutating func restart(after counter: UInt32) {
    base = counter == .max ? .max : counter + 1
    bits = 0
    let count = min(max(counter, Self.first) - Self.first, 47)
    overtaken = (1 << UInt64(count) - 1) << 1
  }

  /// The counters, with what was received estimated from the base as the original does.
  public var statistics: SessionStatistics {
    var statistics = SessionStatistics()
    statistics.duplicateCount = duplicateCount
    statistics.lostCount = lostCount
    statistics.outOfRangeCount = outOfRangeCount
    statistics.receivedCount = base &+ UInt32(bits.nonzeroBitCount)
    return statistics
  }
}
