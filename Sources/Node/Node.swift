import Bytes
import Cryptography
import Peering
import Routing
import Sessions
import Switching
import Wire

/// One node of the network: neighbours, switch, router, end-to-end sessions, and the operating
/// system's side of it. Pure: frames, time and randomness come in, frames go to an `Outbox`, what
/// else is to be known is taken with `takeEvent`.
///
/// The caller hands in frames as they come, calls `wake` at `nextDeadline`, and takes the events
/// after each batch. Frames are used in place and live in `pool`, which must outlive the node.
public struct Node: ~Copyable {
  public let identity: Identity
  /// Made of the identity's key.
  public let address: IPv6Address
  /// The protocol version that it announces.
  public let version: UInt32
  /// Log lines below this are not made.
  public var logLevel = LogLevel.info
  public internal(set) var counters = NodeCounters()

  let options: NodeOptions
  let pool: FramePool
  let entropy: any Entropy
  var peering: Peering
  var events: [NodeEvent] = []
  var eventHead = 0

  /// `entropy` serves the node for all its life.
  public init(
    identity: Identity, options: NodeOptions = .init(), pool: FramePool, entropy: any Entropy,
    at now: Instant
  ) {
    self.identity = identity
    address = identity.publicKey.address
    version = options.version
    self.options = options
    self.pool = pool
    self.entropy = entropy
    peering = Peering(
      identity: identity, version: options.version, pool: pool, limits: options.peering, at: now,
      entropy: entropy)
  }

  /// When to call `wake` next.
  public var nextDeadline: Instant { peering.nextDeadline }

  /// Does what is due; earlier than `nextDeadline` it does no harm.
  public mutating func wake(at now: Instant, into outbox: inout Outbox) {
    peering.wake(at: now, entropy: entropy, into: &outbox)
  }

  /// The oldest event not yet taken; nil if there is none.
  public mutating func takeEvent() -> NodeEvent? {
    guard eventHead < events.count else { return nil }
    let event = events[eventHead]
    eventHead += 1
    if eventHead == events.count {
      events.removeAll(keepingCapacity: true)
      eventHead = 0
    }
    return event
  }
}
