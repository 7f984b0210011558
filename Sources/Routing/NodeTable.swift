import Bytes
import Cryptography
import Switching

/// The nodes that are known, and the links between them (routing.md sections 13 and 19).
///
/// Node 0 is this node. Indices stay valid until `remove`. Paths are not computed when a link
/// changes, but when `update` is called, and only those that the change concerns.
///
/// When the table is full, the worst node makes room: one without a path; else, of those that are
/// nobody's parent, that are no direct peer, and in whose bucket there are enough, the one that is
/// farthest away. So it holds some of every part of the key space, and all that is near.
struct NodeTable {
  let limits: RouterLimits
  private(set) var nodes: [Node?]
  /// Nodes, this one not counted.
  private(set) var count = 0
  /// How often anything changed that says what a candidate is worth.
  var changeCount: UInt32 = 1
  /// No node is to be forgotten before that.
  private(set) var forgetAt = Instant.never
  private var byTail: PlaceIndex
  private var byKey: PlaceIndex
  /// Nodes of each bucket that can be reached.
  var bucketCounts: [UInt16]
  /// Nodes that stay when the table is full, the newest last.
  private var kept: [IPv6Address] = []
  /// What a link costs of which nothing is known.
  var typicalCost = Link.costMin
  /// Since the last `update`: links that may be of use to their children, and nodes whose path has
  /// to be looked for.
  var better: [Link] = []
  var broken: [Node] = []
  /// When the first of the doubts arose that count.
  var doubtedSince = Instant(milliseconds: 0)
  /// Nodes whose best paths lead over one that is to be avoided since the last `update`.
  var avoiding: [Node] = []
  /// When nodes that are avoided get another chance; `.never` if there are none.
  var forgiveAt = Instant.never
  /// While an `update` is under way: nodes whose links are to be looked at, and such as it touched.
  var queue: [Int] = []
  var touched: [Int] = []

  init(
    key: PublicKey, address: IPv6Address, version: UInt32, limits: RouterLimits, at now: Instant,
    seed: UInt64
  ) {
    self.limits = limits
    let own = Node(
      key: key, address: address, version: version, scheme: .v358, readInterval: 0, bucket: 127,
      at: now)
    own.path = .here
    own.cost = 0
    own.nextReadAt = .never
    nodes = [own]
    let capacity = 1 + limits.nodeCountMax + limits.peerCountMax
    byTail = PlaceIndex(capacity: capacity, seed: seed)
    byKey = PlaceIndex(capacity: capacity, seed: seed)
    bucketCounts = .init(repeating: 0, count: 128)
    byTail.insert(own.tail, place: 0)
    byKey.insert(Node.head(of: key), place: 0)
  }

  // MARK: Nodes

  var own: Node { self[0] }

  /// The node at `index`, which must be one of a node.
  subscript(index: Int) -> Node { nodes[index]! }

  @inline(never)
  func index(of address: IPv6Address) -> Int? {
    let tail = Node.tail(of: address)
    return byTail.find(tail) { self[$0].tail == tail && self[$0].address == address }
  }

  @inline(never)
  func index(of key: PublicKey) -> Int? {
    byKey.find(Node.head(of: key)) { self[$0].key == key }
  }

  /// The address that follows from `key`, which takes time unless the node is in the table.
  @inline(never)
  func address(of key: PublicKey) -> IPv6Address {
    index(of: key).map { self[$0].address } ?? key.address
  }

  func isPeer(_ index: Int) -> Bool { self[index].isPeer }

  /// Nodes of bucket `bucket` that can be reached.
  func count(inBucket bucket: Int) -> Int { Int(bucketCounts[bucket]) }

  var strangerCount: Int {
    var peerCount = 0
    for link in own.links where link.isPeer { peerCount += 1 }
    return count - peerCount
  }

  /// True if a node with that address, and a path of that cost, would be kept: there is room, or
  /// its bucket lacks nodes, or somebody is farther away.
  func wants(_ address: IPv6Address, cost: UInt32) -> Bool {
    if count < limits.nodeCountMax || strangerCount < limits.nodeCountMax
      || count(inBucket: Distance(own.address, address).bucket) < limits.bucketSize
    {
      return true
    }
    guard let worst else { return false }
    return !self[worst].isReachable || cost < self[worst].cost
  }

  /// Adds a node without a path, and makes room for it if it is no peer; nil if nobody may go.
  mutating func insert(_ route: Route, isPeer: Bool, at now: Instant) -> Int? {
    if !isPeer, strangerCount >= limits.nodeCountMax {
      guard let worst else { return nil }
      remove(worst)
    }
    guard let index = freeIndex else { return nil }
    let node = Node(
      key: route.key, address: route.address, version: route.version, scheme: own.scheme,
      readInterval: limits.readIntervalMin, bucket: Distance(own.address, route.address).bucket,
      at: now)
    note(lost: node, at: now)
    if index == nodes.count { nodes.append(node) } else { nodes[index] = node }
    byTail.insert(node.tail, place: index)
    byKey.insert(Node.head(of: node.key), place: index)
    count += 1
    changeCount &+= 1
    return index
  }

  /// The node of that address is to stay when the table is full, as long as it can be reached, or
  /// until that was said of `keptNodeCountMax` others.
  mutating func keep(_ address: IPv6Address) {
    kept.removeAll { $0 == address }
    if kept.count >= limits.keptNodeCountMax { kept.removeFirst() }
    kept.append(address)
  }

  mutating func note(lost node: Node, at now: Instant) {
    if node.lostAt == .never { node.lostAt = now }
    forgetAt = min(forgetAt, node.lostAt + limits.lostNodeMilliseconds)
  }

  /// Forgets nodes that have had no path for long.
  mutating func forgetLost(at now: Instant) {
    forgetAt = .never
    for i in 1..<max(1, nodes.count) {
      guard let node = nodes[i], node.lostAt != .never else { continue }
      if now.since(node.lostAt) >= limits.lostNodeMilliseconds {
        remove(i)
      } else {
        note(lost: node, at: now)
      }
    }
  }

  private var freeIndex: Int? {
    for i in nodes.indices where nodes[i] == nil { return i }
    return nodes.count <= limits.nodeCountMax + limits.peerCountMax ? nodes.count : nil
  }

  /// Removes a node and its links.
  mutating func remove(_ index: Int) {
    precondition(index > 0)
    let node = self[index]
    for link in node.links { remove(link) }
    for link in node.parents { remove(link) }
    if node.isReachable { bucketCounts[Int(node.bucket)] -= 1 }
    node.losePath()
    var position = byTail.remove(node.tail, place: index)
    while let other = byTail.takeNext(behind: &position) {
      byTail.insert(self[other].tail, place: other)
    }
    position = byKey.remove(Node.head(of: node.key), place: index)
    while let other = byKey.takeNext(behind: &position) {
      byKey.insert(Node.head(of: self[other].key), place: other)
    }
    nodes[index] = nil
    count -= 1
    changeCount &+= 1
  }

  /// Who goes when the table is full.
  private var worst: Int? {
    #if !APPLIANCE
      if limits.habits.contains(.janitor) { return worstOfAll }
    #endif
    var worst: Int?
    for i in 1..<max(1, nodes.count) {
      guard let node = nodes[i] else { continue }
      if let other = worst {
        if node.cost < self[other].cost { continue }
        if node.cost == self[other].cost,
          own.address.prefix ^ node.address.prefix
            < own.address.prefix ^ self[other].address.prefix
        {
          continue
        }
      }
      if node.isPeer { continue }
      if !node.isReachable { return i }
      if count(inBucket: Int(node.bucket)) <= limits.bucketSize || isParent(node)
        || kept.contains(node.address)
      {
        continue
      }
      worst = i
    }
    return worst
  }

  /// True if somebody's best path leads over the node.
  func isParent(_ node: Node) -> Bool {
    node.links.contains { self[$0.child].bestLink === $0 }
  }

  /// Takes what an answer says about the node at `index` itself.
  mutating func take(_ answer: RouterMessage, about index: Int) {
    let node = self[index]
    node.version = answer.version
    node.doNotDisturb = answer.doNotDisturb
    // Nearly all have the same; each answer brings one of its own.
    if node.scheme != answer.scheme {
      node.scheme = answer.scheme
      changeCount &+= 1
    }
  }

  // MARK: Paths

  /// The path to what the node at `index` calls `label` (rule R1 of routing.md section 2);
  /// `Label.unreachable` if there is none.
  @inline(never)
  func path(through index: Int, to label: Label) -> Label {
    let node = self[index]
    guard node.isReachable else { return .unreachable }
    if label == .here { return node.path }
    guard let next = director(label, at: index, from: node.inverseForm) else {
      return .unreachable
    }
    return index == 0 ? next : Label.splice(next, behind: node.path)
  }

  /// `label` as it is to be written at the node at `index` in a path that comes from an interface
  /// of it that takes the form `inverseForm`; nil if it cannot be.
  func director(_ label: Label, at index: Int, from inverseForm: Int) -> Label? {
    let scheme = self[index].scheme
    guard let next = scheme.canonical(label) else { return nil }
    if index == 0 { return next }
    guard let form = scheme.form(of: next) else { return nil }
    return form < inverseForm ? scheme.convert(next, toForm: inverseForm) : next
  }

  /// What that path costs, as far as it is known.
  func cost(through index: Int, to label: Label) -> UInt32 {
    let scheme = self[index].scheme
    let (cost, overflow) = self[index].cost.addingReportingOverflow(
      (scheme.isOneHop(label) ? typicalCost : Link.cost(of: label, in: scheme))
        &+ (self[index].isAvoided ? Router.sharedNodePrice : 0))
    return overflow ? .max : cost
  }

  /// The indices of the reachable nodes that have the most neighbours, at most `countMax`.
  func hubs(_ countMax: Int) -> [Int] {
    var found: [Int] = []
    for i in 1..<max(1, nodes.count) {
      guard let node = nodes[i], node.isReachable else { continue }
      var position = found.count
      while position > 0, node.links.count > self[found[position - 1]].links.count {
        position -= 1
      }
      guard position < countMax else { continue }
      if found.count == countMax { found.removeLast() }
      found.insert(i, at: position)
    }
    return found
  }

  /// The indices of the reachable nodes that `isWanted`, nearest to `target` first, at most
  /// `countMax`.
  func nearest(to target: IPv6Address, countMax: Int, where isWanted: (Node) -> Bool) -> [Int] {
    var found: [(distance: Distance, index: Int)] = []
    let tail = Node.tail(of: target)
    for i in 1..<max(1, nodes.count) {
      guard let node = nodes[i], node.isReachable else { continue }
      if found.count == countMax, node.tail ^ tail > found[countMax - 1].distance.high { continue }
      guard isWanted(node) else { continue }
      let distance = Distance(target, node.address)
      var position = found.count
      while position > 0, distance < found[position - 1].distance { position -= 1 }
      guard position < countMax else { continue }
      if found.count == countMax { found.removeLast() }
      found.insert((distance, i), at: position)
    }
    return found.map { $0.index }
  }
}
