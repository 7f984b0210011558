/// Packets of links that led to nothing, by reason; and what the defences did.
public struct PeeringCounters: Equatable, Sendable {
  /// Shorter than what it claims to be.
  public var runtCount: UInt64 = 0
  /// From an unknown address and no handshake, or from no link of ours.
  public var strangerCount: UInt64 = 0
  /// A handshake with a key or password that is not accepted; cost no operation on the curve.
  public var refusedCount: UInt64 = 0
  /// Handshakes beyond what is allowed per second.
  public var rateLimitedCount: UInt64 = 0
  /// Not authentic, replayed, or out of order.
  public var undecryptableCount: UInt64 = 0
  /// Authentic, but not allowed before the session is complete.
  public var prematureCount: UInt64 = 0
  /// From or to a peer whose version is too old.
  public var incompatibleCount: UInt64 = 0
  /// To a slot without a peer that can take it.
  public var unsendableCount: UInt64 = 0
  /// No frame or no place was left.
  public var exhaustedCount: UInt64 = 0
  /// Handshakes from unknown addresses that were opened, each with an operation on the curve.
  public var handshakeTrialCount: UInt64 = 0
  /// Packets from unknown addresses that were tried with a silent peer's keys.
  public var roamingTrialCount: UInt64 = 0
  /// Peers found at another address.
  public var roamedCount: UInt64 = 0
  /// Beacons that were none, or of somebody who is not wanted.
  public var beaconRefusedCount: UInt64 = 0

  public init() {}
}
