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
/// ```
/// link -- Peering -- Switch ------------------------------ Peering -- link
///                      |
///                      +-- control frames
///                      +-- SessionTable -- TUN
///                                 |
///                                 +-- Router
/// ```
/// The caller hands in frames as they come, calls `wake` at `nextDeadline`, and takes the events
/// after each batch. Frames are used in place and live in `pool`, which must outlive the node.
/// Nothing on the way of a user's packet allocates.
public struct Node: ~Copyable {
  public let identity: Identity
  /// Made of the identity's key.
  public let address: IPv6Address
  /// The protocol version that it announces.
  public let version: UInt32
  /// Log lines below this are not made.
  public var logLevel = LogLevel.info
  /// What neighbours are told who ask for a supernode.
  public var supernode: Supernode?
  public internal(set) var counters = NodeCounters()

  let options: NodeOptions
  let limits: NodeLimits
  let pool: FramePool
  let entropy: Entropy
  var peering: Peering
  var router: Router
  var sessions: SessionTable
  var waiting: WaitingPackets
  /// Sealed packets of users that are the first of their sessions without an answer.
  var unanswered: WaitingPackets
  var pinger: SwitchPinger
  var gates: NodeGates
  /// End-to-end sessions know no passwords.
  let users = UserTable(capacity: 0)
  /// The next message to this session travels so.
  var carrying: (session: EndToEndSession, carrier: EndToEndSession.Carrier)?
  var events: [NodeEvent] = []
  var eventHead = 0

  /// `entropy` serves the node for all its life.
  public init(
    identity: Identity, options: NodeOptions = .init(), pool: FramePool, entropy: Entropy,
    at now: Instant
  ) {
    precondition((1280...3000).contains(options.tunMTU))
    self.identity = identity
    address = identity.publicKey.address
    version = options.version
    self.options = options
    limits = options.limits
    self.pool = pool
    self.entropy = entropy
    peering = Peering(
      identity: identity, version: options.version, pool: pool, limits: options.peering, at: now,
      entropy: entropy)
    router = Router(
      identity: identity, address: address, version: options.version, limits: options.router,
      at: now, entropy: entropy)
    sessions = SessionTable(
      identity: identity, capacity: limits.sessionCountMax,
      strangerCountMax: limits.strangerCountMax, entropy: entropy)
    waiting = WaitingPackets(
      capacity: limits.waitingCountMax, perDestinationMax: limits.waitingCountMaxPerDestination,
      milliseconds: limits.waitingMilliseconds)
    unanswered = WaitingPackets(
      capacity: limits.unansweredCountMax, perDestinationMax: 1,
      milliseconds: limits.unansweredMilliseconds)
    pinger = SwitchPinger(countMax: limits.switchPingCountMax, entropy: entropy)
    gates = NodeGates(limits, seed: entropy.randomUInt64(), at: now)
    events.reserveCapacity(limits.eventCountMax)
  }

  /// When to call `wake` next.
  public var nextDeadline: Instant {
    min(
      min(peering.nextDeadline, router.nextDeadline),
      min(
        min(sessions.nextDeadline, pinger.deadline),
        min(waiting.deadline, unanswered.deadline)))
  }

  /// Does what is due; earlier than `nextDeadline` it does no harm.
  public mutating func wake(at now: Instant, into outbox: inout Outbox) {
    if peering.nextDeadline <= now { peering.wake(at: now, entropy: entropy, into: &outbox) }
    if router.nextDeadline <= now { router.wake(at: now, entropy: entropy) }
    settle(at: now, into: &outbox)
    if sessions.nextDeadline <= now { superviseSessions(at: now, into: &outbox) }
    while let destination = waiting.takeRetry(at: now) {
      router.search(for: destination, at: now, entropy: entropy)
      settle(at: now, into: &outbox)
    }
    while let packet = waiting.takeExpired(at: now) {
      counters.waitingDroppedCount &+= 1
      complain(packet, .addressUnreachable, at: now, into: &outbox)
    }
    while unanswered.takeExpired(at: now) != nil {}
    while let end = pinger.expire(at: now) { tell(.switchPing(token: end.token, end.result)) }
  }

  /// Does what neighbours and router want done, until they want nothing more.
  mutating func settle(at now: Instant, into outbox: inout Outbox) {
    while true {
      if let event = peering.takeEvent() {
        handle(event, at: now)
      } else if let effect = router.takeEffect() {
        perform(effect, at: now, into: &outbox)
      } else {
        return
      }
    }
  }
}
