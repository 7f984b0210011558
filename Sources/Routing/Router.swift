import Bytes
import Cryptography
import Switching
import Wire

/// Finds paths to other nodes by asking them (routing.md): it answers the queries of others, reads
/// the peer lists of the nodes around, and searches.
///
/// Pure: messages, peers and time come in as arguments, what is to be done comes out of
/// `takeEffect`, which is to be called until it is nil after every other call. `wake` is to be
/// called at `nextDeadline`.
///
/// What is believed: a node after it answered a query of ours through its own session; a link
/// after one end listed it and the other answered over it. Whatever else is heard costs at most
/// the bounds in `RouterLimits`.
public struct Router: ~Copyable {
  /// A question for another node.
  public enum Query: Equatable, Sendable {
    case ping
    /// Up to eight of its peers from that label (of its own) on.
    case peers(from: Label)
    /// Up to eight nodes near that address.
    case find(IPv6Address)
    /// Whom it would hand a packet for that address.
    case nextHop(IPv6Address)
  }

  public let address: IPv6Address
  public let version: UInt32
  public let limits: RouterLimits
  public internal(set) var counters = RouterCounters()
  /// When `wake` is to be called.
  public internal(set) var nextDeadline: Instant

  let scheme = EncodingScheme.v358
  var table: NodeTable
  var transactions: Transactions
  var candidates: Candidates
  var searches: [Search] = []
  var nextSearchID: UInt32 = 0
  var budget: QueryBudget
  var readBudget: QueryBudget
  var repairBudget: QueryBudget
  var improveBudget: QueryBudget
  /// Lost nodes for each of which a query more is allowed: a network that was in two parts must not
  /// take as long as a new table to be known again.
  var lossBudget: QueryBudget
  /// Whose turn it is when `readBudget` allows a query.
  var isRefinementDue = false
  /// The bucket to be filled next, when, and how long until the next one.
  var bucket = 0
  var bucketAt: Instant
  var bucketInterval: UInt64
  /// Nobody's peers are to be read before that, and no candidate be tried, or refinement.
  var readsDueAt = Instant.never
  var candidatesDueAt = Instant.never
  var refinementsDueAt = Instant.never
  /// Candidates of no use are looked for not before that.
  var purgeAt = Instant(milliseconds: 0)
  #if !APPLIANCE
    var janitor: Janitor?
  #endif
  private var effects: [RouterEffect] = []
  private var effectsTaken = 0

  /// `address` is that of the identity's key.
  public init(
    identity: Identity, address: IPv6Address, version: UInt32, limits: RouterLimits = .init(),
    at now: Instant, entropy: Entropy
  ) {
    self.init(
      key: identity.publicKey, address: address, version: version, limits: limits, at: now,
      entropy: entropy)
  }

  init(
    key: PublicKey, address: IPv6Address, version: UInt32, limits: RouterLimits, at now: Instant,
    entropy: Entropy
  ) {
    self.address = address
    self.version = version
    self.limits = limits
    table = NodeTable(
      key: key, address: address, version: version, limits: limits, at: now,
      seed: entropy.randomUInt64())
    transactions = Transactions(limits: limits, entropy: entropy)
    candidates = Candidates(limits: limits)
    budget = QueryBudget(interval: limits.queryInterval, burst: limits.queryBurst, at: now)
    readBudget = QueryBudget(
      interval: limits.readAgainInterval, burst: limits.readAgainBurst, at: now)
    lossBudget = QueryBudget(interval: limits.queryInterval, burst: limits.queryBurst, at: now)
    repairBudget = QueryBudget(
      interval: limits.repairInterval, burst: limits.repairBurst, at: now)
    improveBudget = QueryBudget(
      interval: limits.improveInterval, burst: limits.improveBurst, at: now)
    bucketInterval = limits.bucketIntervalMin
    bucketAt = now + limits.bucketIntervalMin
    nextDeadline = .never
    #if !APPLIANCE
      if limits.habits.contains(.janitor) {
        janitor = Janitor(own: address, at: now, entropy: entropy)
      }
    #endif
  }

  // MARK: Effects

  /// What is to be done next; nil if nothing.
  public mutating func takeEffect() -> RouterEffect? {
    guard effectsTaken < effects.count else { return nil }
    let effect = effects[effectsTaken]
    effectsTaken += 1
    if effectsTaken == effects.count {
      effects.removeAll(keepingCapacity: effects.capacity <= 64)
      effectsTaken = 0
    }
    return effect
  }

  mutating func emit(_ effect: RouterEffect) {
    guard effects.count - effectsTaken < limits.effectCountMax else {
      counters.droppedEffects &+= 1
      return
    }
    effects.append(effect)
  }

  // MARK: Peers

  /// A direct peer can be reached. `peer.label` is one hop, in its shortest form. To be called
  /// again when its version or latency (milliseconds) changes; `airtime` is what a full packet
  /// takes of the air, in microseconds, 0 over a wire.
  public mutating func peerUp(
    _ peer: Route, latency: UInt32?, airtime: UInt32 = 0, at now: Instant
  ) {
    guard peer.address != address, scheme.isOneHop(peer.label) else { return }
    #if !APPLIANCE
      if janitor != nil { return note(peer: peer, at: now) }
    #endif
    if let link = table.link(from: 0, label: peer.label) {
      let node = table[link.child]
      if node.key == peer.key, link.isPeer {
        node.version = peer.version
        if let latency {
          if node.bestLink === link { node.roundTrip = latency }
          table.measured(link, latency, airtime: airtime)
          settle(at: now)
        }
        return
      }
      table.remove(link)
    }
    guard let index = table.index(of: peer.address) ?? table.insert(peer, isPeer: true, at: now)
    else { return }
    let node = table[index]
    node.version = peer.version
    node.roundTrip = latency
    node.heardAt = now
    // Until it answers nobody knows how wide a director it needs to get back, and others may have
    // told already who is behind it.
    let link = Link(
      parent: 0, child: index, label: peer.label, inverseForm: node.scheme.forms.count - 1,
      isPeer: true, isOneHop: true)
    table.addLink(link)
    if let latency { table.measured(link, latency, airtime: airtime) }
    readAgain(node, at: now)
    emit(.route(peer, .peer))
    settle(at: now)
  }

  /// The peer behind that one-hop label can be reached no longer.
  public mutating func peerGone(label: Label, at now: Instant) {
    #if !APPLIANCE
      forgetPeer(label)
    #endif
    table.removeLinks(from: 0) { $0.label.routesThrough(label) }
    settle(at: now)
    restartSearches(behind: label, at: now)
  }

  /// Lets the peers of a node be read from the start, soon and often again.
  mutating func readAgain(_ node: Node, at now: Instant) {
    node.cursor = .unknown
    plan(node, readAt: now)
    node.readInterval = limits.readIntervalMin
    node.failureCount = 0
  }

  /// The peers of `node` are to be read at `time`.
  mutating func plan(_ node: Node, readAt time: Instant) {
    node.nextReadAt = time
    readsDueAt = min(readsDueAt, time)
  }

  // MARK: After every input

  /// Brings paths and deadline up to date.
  mutating func settle(at now: Instant) {
    updatePaths(at: now)
    nextDeadline = deadline(at: now)
  }

  /// Computes the paths again, if links changed, and reports what became of them.
  mutating func updatePaths(at now: Instant) {
    for (route, quality) in table.update(at: now) {
      if let index = table.index(of: route.address) {
        let node = table[index]
        if !node.isReachable {
          refill(Int(node.bucket), at: now)
          candidatesDueAt = now
          tryOthers(node, at: now)
        } else if !node.isAsked {
          readsDueAt = min(readsDueAt, node.nextReadAt)
          measure(node, at: now)
        }
      }
      emit(.route(route, quality))
    }
    for node in table.avoiding { tryOthers(node, at: now) }
    table.avoiding.removeAll()
  }

  /// Sees to it that the last link of a node's path is measured, once: a question tells how long it
  /// takes, if it is known how long the way to it takes.
  @inline(never)
  mutating func measure(_ node: Node, at now: Instant) {
    guard node.roundTrip == nil, let link = node.bestLink, !link.isPeer,
      let before = table.roundTrip(through: link.parent)
    else { return }
    if link.milliseconds == .max {
      plan(node, readAt: min(node.nextReadAt, now))
    } else {
      node.roundTrip = before &+ link.milliseconds
      measureChildren(of: node, at: now)
    }
  }

  /// How long the way to `node` takes is known now.
  mutating func measureChildren(of node: Node, at now: Instant) {
    for link in node.links where table[link.child].bestLink === link {
      measure(table[link.child], at: now)
    }
  }

  /// A node has lost its path, or has to be reached otherwise: the links to it that nobody has
  /// tried are, for which a query more is allowed.
  @inline(never)
  private mutating func tryOthers(_ node: Node, at now: Instant) {
    if lossBudget.takeIfAny(at: now) { budget.give() }
    for link in node.parents where !link.isProven {
      _ = enter(
        Candidate(
          id: Candidate.ID(
            parent: table[link.parent].address, label: link.label, child: node.address),
          key: node.key, version: node.version, dueAt: now), at: now)
    }
  }

  // MARK: The table

  /// The best path in the table; nil if none is known.
  public func route(to address: IPv6Address) -> Route? {
    guard let index = table.index(of: address), table[index].isReachable else { return nil }
    return table[index].route
  }

  /// Packets along `path` get no answer.
  public mutating func doubt(_ path: Label, at now: Instant) { table.doubt(path, at: now) }

  /// Packets along `path` have got no answer for long, whatever was tried: the nodes on it are
  /// asked soon whether they are there.
  public mutating func examine(_ path: Label, at now: Instant) {
    for link in table.follow(path).links where link.child != 0 { check(link.child, at: now) }
    settle(at: now)
  }

  /// A way to the node of that address that leads around what is doubted, and is itself doubted
  /// from now on until something comes along it: the next call returns another one, if there is
  /// one. It has no nodes in common with the paths `known`, as far as that is possible. It may rest
  /// on what others told; nil if none is known.
  public mutating func detour(
    to address: IPv6Address, around known: [Label] = [], isTried: Bool = true, at now: Instant
  ) -> Route? {
    guard let index = table.index(of: address), index != 0 else { return nil }
    let path = table.detour(to: index, around: known)
    guard path != .unreachable else { return nil }
    if isTried { table.doubt(path, at: now) }
    return table[index].route.along(path)
  }

  /// What a packet along `path` costs, as far as the links are known: 1024 for each hop, and more
  /// for one that takes time. `milliseconds` is what the whole path takes, there and back, `.max`
  /// if that is not known.
  @inline(never)
  public func price(of path: Label, milliseconds: UInt32 = .max) -> UInt32 {
    table.price(of: path, milliseconds: milliseconds)
  }

  /// So much more costs each node that a path has in common with another that it is to avoid.
  public static var sharedNodePrice: UInt32 { 8192 }

  /// The same, and more for each node that it has in common with the paths `known`.
  public func price(of path: Label, milliseconds: UInt32 = .max, around known: [Label]) -> UInt32 {
    table.price(of: path, milliseconds: milliseconds, around: known)
  }

  /// True if `path` may serve where none of the paths `known` does, if that is one node's fault.
  public func evades(_ path: Label, _ known: [Label]) -> Bool { table.evades(path, known) }

  /// The path to the node whose address is nearest to `address` among those that one is known to;
  /// nil if there is none but this node.
  public func route(near address: IPv6Address) -> Route? {
    let nearest = table.nearest(to: address, countMax: 1) { _ in true }
    return nearest.isEmpty ? nil : table[nearest[0]].route
  }

  /// Nodes in the table, this one not counted.
  public var nodeCount: Int { table.count }

  /// The `position`-th node of the table, 0 to `nodeCount`: this node is the first one. nil
  /// beyond.
  public func node(at position: Int, now: Instant) -> NodeRecord? {
    var left = position
    for i in table.nodes.indices where table.nodes[i] != nil {
      if left == 0 { return record(i, now) }
      left -= 1
    }
    return nil
  }

  /// The node of that address, nil if it is not in the table.
  public func node(for address: IPv6Address, now: Instant) -> NodeRecord? {
    table.index(of: address).map { record($0, now) }
  }

  private func record(_ index: Int, _ now: Instant) -> NodeRecord {
    let node = table[index]
    return NodeRecord(
      route: node.route, cost: node.cost, scheme: node.scheme,
      bucket: Distance(address, node.address).bucket,
      age: index == 0 ? 0 : now.since(node.heardAt), isPeer: table.isPeer(index),
      roundTrip: node.roundTrip,
      bestParent: node.bestLink.map { record($0) },
      linkCount: linkCount(of: node.address))
  }

  /// Links that lead away from the node of that address.
  public func linkCount(of address: IPv6Address) -> Int {
    guard let index = table.index(of: address) else { return 0 }
    var count = 0
    for link in table[index].links where link.isProven { count += 1 }
    return count
  }

  /// The `position`-th link that leads away from the node of that address; nil beyond.
  public func link(of address: IPv6Address, at position: Int) -> LinkRecord? {
    guard let index = table.index(of: address) else { return nil }
    var left = position
    for link in table[index].links where link.isProven {
      if left == 0 { return record(link) }
      left -= 1
    }
    return nil
  }

  private func record(_ link: Link) -> LinkRecord {
    let parent = table[link.parent]
    let child = table[link.child]
    return LinkRecord(
      parent: parent.address, child: child.address, label: link.label, cost: link.cost,
      isOneHop: parent.scheme.isOneHop(link.label), isBest: child.bestLink === link,
      inverseForm: link.inverseForm)
  }

  /// Searches that are under way.
  public var searchCount: Int { searches.count }
}
