/// A point in time: milliseconds of a monotonic clock whose zero means nothing.
public struct Instant: Equatable, Hashable, Comparable, Sendable {
  public var milliseconds: UInt64

  public init(milliseconds: UInt64) { self.milliseconds = milliseconds }

  /// Later than every time that occurs; the deadline of what never happens.
  public static var never: Instant { Instant(milliseconds: .max) }

  public static func < (a: Instant, b: Instant) -> Bool { a.milliseconds < b.milliseconds }

  /// The instant `milliseconds` later; saturates at `never`.
  public static func + (a: Instant, milliseconds: UInt64) -> Instant {
    let (sum, overflow) = a.milliseconds.addingReportingOverflow(milliseconds)
    return overflow ? .never : Instant(milliseconds: sum)
  }

  /// Milliseconds from `earlier` to this; 0 if it is not earlier.
  public func since(_ earlier: Instant) -> UInt64 {
    milliseconds > earlier.milliseconds ? milliseconds - earlier.milliseconds : 0
  }
}
