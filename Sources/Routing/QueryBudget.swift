import Bytes

/// Allows one query in `interval` milliseconds in the long run, and `burst` in a short time: the
/// first few at once, the others one after another, so that a slow processor can do other work.
struct QueryBudget: Sendable {
  private static var atOnce: UInt64 { 16 }
  /// Milliseconds from one to the next, if there were more.
  private static var spacing: UInt64 { 100 }

  private let interval: UInt64
  private let burst: UInt64
  /// In milliseconds: a query takes `interval` of them.
  private var level: UInt64
  private var last: Instant

  /// Full.
  init(interval: UInt64, burst: Int, at now: Instant) {
    self.interval = max(1, interval)
    self.burst = UInt64(max(1, burst))
    level = self.burst * self.interval
    last = now
  }

  private func level(at now: Instant) -> UInt64 { min(burst * interval, level + now.since(last)) }

  /// When the next query may go; not later than `now` if one may go at once.
  func available(at now: Instant) -> Instant {
    let level = level(at: now)
    guard level >= interval else { return now + (interval - level) }
    return level + Self.atOnce * interval > burst * interval ? now : max(now, last + Self.spacing)
  }

  /// True if a query could go, were there no pause between two; then it is taken.
  mutating func takeIfAny(at now: Instant) -> Bool {
    guard level(at: now) >= interval else { return false }
    take(at: now)
    return true
  }

  /// Allows one query more.
  mutating func give() { level = min(burst * interval, level + interval) }

  /// Takes one query; `available` must have allowed it.
  mutating func take(at now: Instant) {
    level = level(at: now)
    last = max(last, now)
    level -= min(level, interval)
  }
}
