import Bytes

/// Allows `perSecond` events in the long run and `burst` at once.
public struct TokenBucket: Sendable {
  /// A thousandth of a token is what one event per second gains in a millisecond.
  private static var token: UInt64 { 1000 }

  private var level: UInt64
  private var last: Instant

  /// Full, as if nothing had happened yet.
  public init(burst: Int, at now: Instant) {
    level = UInt64(burst) * Self.token
    last = now
  }

  /// True, and a token is gone, if there is one.
  public mutating func take(perSecond: Int, burst: Int, at now: Instant) -> Bool {
    let capacity = UInt64(burst) * Self.token
    // A pause longer than this fills it in any case, and keeps the product small.
    let passed = min(now.since(last), 1_000_000)
    level = min(capacity, level + passed * UInt64(perSecond))
    last = max(last, now)
    guard level >= Self.token else { return false }
    level -= Self.token
    return true
  }
}
