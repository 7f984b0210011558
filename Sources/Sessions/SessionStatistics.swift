/// What the replay window counted; the counters wrap.
public struct SessionStatistics: Equatable, Sendable {
  public var duplicateCount: UInt32 = 0
  /// Counters that were passed over and never came.
  public var lostCount: UInt32 = 0
  /// Authentic packets that came too late.
  public var outOfRangeCount: UInt32 = 0
  public var receivedCount: UInt32 = 0

  public init() {}

  static func + (a: Self, b: Self) -> Self {
    var sum = a
    sum.duplicateCount &+= b.duplicateCount
    sum.lostCount &+= b.lostCount
    sum.outOfRangeCount &+= b.outOfRangeCount
    sum.receivedCount &+= b.receivedCount
    return sum
  }
}
