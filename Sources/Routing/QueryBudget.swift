import Bytes

/// Allows `perSecond` queries in the long run and `burst` at once.
struct QueryBudget: Sendable {
  private let perSecond: UInt64
  private let burst: UInt64
  /// Thousandths of a query: what one query per second gains in a millisecond.
  private var level: UInt64
  private var last: Instant

  /// Full.
  init(perSecond: Int, burst: Int, at now: Instant) {
    self.perSecond = UInt64(max(1, perSecond))
    self.burst = UInt64(max(1, burst))
    level = self.burst * 1000
    last = now
  }

  private func level(at now: Instant) -> UInt64 {
    // A longer pause fills it in any case, and keeps the product small.
    min(burst * 1000, level + min(now.since(last), 1_000_000) * perSecond)
  }

  /// When the next query may go; not later than `now` if one may go at once.
  func available(at now: Instant) -> Instant {
    let level = level(at: now)
    return level >= 1000 ? now : now + (1000 - level + perSecond - 1) / perSecond
  }

  /// True if more than half of the burst is free: time for what can wait.
  func isAmple(at now: Instant) -> Bool { level(at: now) * 2 >= burst * 1000 }

  /// Takes one query; `available` must have allowed it.
  mutating func take(at now: Instant) {
    level = level(at: now)
    last = max(last, now)
    level -= min(level, 1000)
  }
}
