import Bytes
import Cryptography
import Node
import Peering
import Routing
import Wire

/// A whole node with one link, and what its operating system was given.
public final class SimulatedNode {
  public let identity: Identity
  public let linkAddress: LinkAddress
  public let pool: FramePool
  public var node: Node
  public var outbox: Outbox
  /// In the order of arrival.
  public var deliveries: [Delivery] = []
  /// The log, and what else the node told; empty if the network keeps none.
  public var events: [NodeEvent] = []
  /// What it does after a start: nodes that it opens links to.
  public var dials: [(key: PublicKey, address: LinkAddress)] = []
  /// Bytes that it put on its links.
  public internal(set) var sentByteCount: UInt64 = 0
  /// What it starts with next time.
  public var options: NodeOptions
  let password: [UInt8]
  private let entropy: SeededEntropy
  /// What it does to others, which it does in all its lives.
  public internal(set) var behaviour = Behaviour.honest
  var liar = Liar()
  /// Those of an earlier life that are still to be dialled.
  private var waiting: [RememberedPeer] = []
  /// False while it is switched off.
  public internal(set) var isOn = true
  /// How often it went off, or started anew.
  public internal(set) var changeCount = 0
  /// Queries of earlier lives.
  private var pastQueryCounts: (maintenance: UInt64, search: UInt64) = (0, 0)

  init(
    identity: Identity, linkAddress: LinkAddress, options: NodeOptions, password: [UInt8],
    pool: FramePool, seed: UInt64, at now: Instant
  ) {
    self.identity = identity
    self.linkAddress = linkAddress
    self.options = options
    self.password = password
    self.pool = pool
    entropy = SeededEntropy(seed: seed)
    outbox = Outbox(capacity: 256)
    node = Node(identity: identity, options: options, pool: pool, entropy: entropy, at: now)
  }

  public var address: IPv6Address { node.address }

  /// Queries that its router has sent, in all of its lives: to keep its table, and for searches.
  public var queryCounts: (maintenance: UInt64, search: UInt64) {
    let counters = node.routerCounters
    return (
      pastQueryCounts.maintenance + counters.maintenanceQueries,
      pastQueryCounts.search + counters.searchQueries
    )
  }

  /// Forgets everything but identity, address, configuration and what stands in the state file, as
  /// a restart of the process does.
  public func restart(at now: Instant) {
    pastQueryCounts = queryCounts
    changeCount += 1
    let memory = options.peering.slotFollowsKey ? node.peeringMemory() : PeeringMemory()
    node = Node(identity: identity, options: options, pool: pool, entropy: entropy, at: now)
    while outbox.pop() != nil {}
    node.keepSlots(for: memory.owners, at: now)
    waiting = memory.peers
    start(at: now)
    dialRemembered(at: now)
  }

  /// Dials those that had come in before; a few at a time, as many as the node takes.
  func dialRemembered(at now: Instant) {
    while let peer = waiting.last {
      do throws(PeeringError) {
        try node.dialRemembered(peer, at: now, into: &outbox)
      } catch {
        if error == .full { return }
      }
      waiting.removeLast()
    }
  }

  /// Opens its link, lets everybody with the password in, and dials.
  func start(at now: Instant) {
    _ = node.addLink(family: linkAddress.family)
    do { try node.addUser(password: password, login: nil, address: nil) } catch {
      preconditionFailure("a user could not be added")
    }
    for dial in dials { connect(dial.key, dial.address, at: now) }
  }

  func connect(_ key: PublicKey, _ address: LinkAddress, at now: Instant) {
    do {
      try node.connect(
        link: 0, address: address, key: key, password: password, login: nil, name: [], at: now,
        into: &outbox)
    } catch { preconditionFailure("a peer could not be added") }
  }
}
