import Bytes
import Cryptography
import Switching

/// The nodes that are known, and the links between them (routing.md sections 13 and 19).
///
/// Node 0 is this node. Indices stay valid until `remove`; links are found by looking at all of
/// them, for there are few. Whoever changes links calls `update` afterwards.
///
/// When the table is full, the worst node makes room: one without a path; else, of those that are
/// nobody's parent, that are no direct peer, and in whose bucket there are enough, the one that is
/// farthest in key space plus cost.
struct NodeTable {
  private let limits: RouterLimits
  private(set) var nodes: [Node?]
  private(set) var links: [Link] = []
  /// Links changed since the last `update`.
  private(set) var isDirty = false

  init(
    key: PublicKey, address: IPv6Address, version: UInt32, limits: RouterLimits, at now: Instant
  ) {
    self.limits = limits
    let own = Node(
      key: key, address: address, version: version, scheme: .v358, readInterval: 0, at: now)
    own.path = .here
    own.cost = 0
    own.nextReadAt = .never
    nodes = [own]
  }

  // MARK: Nodes

  var own: Node { self[0] }

  /// The node at `index`, which must be one of a node.
  subscript(index: Int) -> Node { nodes[index]! }

  /// Nodes, this one not counted.
  var count: Int {
    var count = -1
    for node in nodes where node != nil { count += 1 }
    return count
  }

  func index(of address: IPv6Address) -> Int? {
    let tail = Node.tail(of: address)
    for i in nodes.indices where nodes[i]?.tail == tail {
      if self[i].address == address { return i }
    }
    return nil
  }

  func index(of key: PublicKey) -> Int? {
    let first = key.bytes[0]
    for i in nodes.indices where nodes[i]?.key.bytes[0] == first {
      if self[i].key == key { return i }
    }
    return nil
  }

  func isPeer(_ index: Int) -> Bool {
    links.contains { $0.isPeer && $0.child == index }
  }

  /// Nodes of bucket `bucket` that can be reached.
  func count(inBucket bucket: Int) -> Int {
    var count = 0
    for i in 1..<max(1, nodes.count) {
      if let node = nodes[i], node.isReachable,
        Distance(own.address, node.address).bucket == bucket
      {
        count += 1
      }
    }
    return count
  }

  private var strangerCount: Int {
    var count = -1
    for i in nodes.indices where nodes[i] != nil && !isPeer(i) { count += 1 }
    return count
  }

  /// True if a node with that address would be kept: there is room, or its bucket lacks nodes.
  func wants(_ address: IPv6Address) -> Bool {
    strangerCount < limits.nodeCountMax
      || count(inBucket: Distance(own.address, address).bucket) < limits.bucketSize
  }

  /// Adds a node without a path, and makes room for it if it is no peer; nil if nobody may go.
  mutating func insert(_ route: Route, isPeer: Bool, at now: Instant) -> Int? {
    if !isPeer, strangerCount >= limits.nodeCountMax {
      guard let worst else { return nil }
      remove(worst)
    }
    let node = Node(
      key: route.key, address: route.address, version: route.version,
      scheme: own.scheme, readInterval: limits.readIntervalMin, at: now)
    node.lostAt = now
    for i in nodes.indices where nodes[i] == nil {
      nodes[i] = node
      return i
    }
    guard nodes.count <= limits.nodeCountMax + limits.peerCountMax else { return nil }
    nodes.append(node)
    return nodes.count - 1
  }

  /// Removes a node and its links.
  mutating func remove(_ index: Int) {
    precondition(index > 0)
    removeLinks { $0.parent == index || $0.child == index }
    nodes[index] = nil
  }

  /// Who goes when the table is full.
  private var worst: Int? {
    var worst: Int?
    var worstBadness: UInt64 = 0
    for i in 1..<max(1, nodes.count) {
      guard let node = nodes[i], !isPeer(i) else { continue }
      if !node.isReachable { return i }
      if isParent(i) { continue }
      guard count(inBucket: Distance(own.address, node.address).bucket) > limits.bucketSize else {
        continue
      }
      let badness = UInt64(own.address.prefix ^ node.address.prefix) + UInt64(node.cost)
      if badness >= worstBadness {
        worst = i
        worstBadness = badness
      }
    }
    return worst
  }

  /// True if somebody's best path leads over the node.
  private func isParent(_ index: Int) -> Bool {
    for link in links
    where link.parent == index && self[link.child].bestLink === link { return true }
    return false
  }

  // MARK: Links

  func link(from parent: Int, label: Label) -> Int? {
    links.firstIndex { $0.parent == parent && $0.label == label }
  }

  func linkCount(to child: Int) -> Int {
    var count = 0
    for link in links where link.child == child && !link.isPeer { count += 1 }
    return count
  }

  /// Adds a link, or renews it. The costliest one to the same node makes room.
  mutating func addLink(_ link: Link) {
    isDirty = true
    if let index = self.link(from: link.parent, label: link.label) {
      let known = links[index]
      if known.child == link.child {
        known.inverseForm = link.inverseForm
        known.isPeer = known.isPeer || link.isPeer
        known.answered()
        return
      }
      links.remove(at: index)
    }
    if link.child == 0 {
      // Shows a way back to us: one for each node is enough.
      removeLinks { $0.child == 0 && $0.parent == link.parent }
    } else if !link.isPeer, linkCount(to: link.child) >= limits.linkCountPerNodeMax {
      var costliest: Int?
      for i in links.indices where links[i].child == link.child && !links[i].isPeer {
        if let other = costliest, total(links[i]) < total(links[other]) { continue }
        costliest = i
      }
      if let costliest {
        guard total(links[costliest]) > total(link) else { return }
        links.remove(at: costliest)
      }
    }
    links.append(link)
  }

  /// The cost of the path to a link's child through it.
  private func total(_ link: Link) -> UInt64 { UInt64(self[link.parent].cost) + UInt64(link.cost) }

  mutating func removeLinks(where isGone: (Link) -> Bool) {
    let count = links.count
    links.removeAll(where: isGone)
    if links.count != count { isDirty = true }
  }

  /// To be called by whoever changes a link.
  mutating func noteChange() { isDirty = true }

  /// True if a link from `parent` by `label` to `child` would be of use: it is not known, and
  /// there is room or it makes a cheaper path.
  func wantsLink(from parent: Int, label: Label, to child: Int, isOneHop: Bool) -> Bool {
    guard child != 0, link(from: parent, label: label) == nil else { return false }
    let link = Link(
      parent: parent, child: child, label: label, inverseForm: 0, isPeer: false,
      isOneHop: isOneHop)
    if !self[child].isReachable { return true }
    // A path of unknown nodes is worth nothing beside one that is known.
    guard isOneHop else { return false }
    if linkCount(to: child) < limits.linkCountPerNodeMax { return true }
    return total(link) < UInt64(self[child].cost)
  }

  // MARK: Paths

  /// The path to what the node at `index` calls `label` (rule R1 of routing.md section 2);
  /// `Label.unreachable` if there is none.
  func path(through index: Int, to label: Label) -> Label {
    let node = self[index]
    guard node.isReachable else { return .unreachable }
    if label == .here { return node.path }
    let scheme = node.scheme
    guard var next = scheme.canonical(label) else { return .unreachable }
    if index == 0 { return next }
    guard let form = scheme.form(of: next) else { return .unreachable }
    if form < node.inverseForm {
      guard let wide = scheme.convert(next, toForm: node.inverseForm) else { return .unreachable }
      next = wide
    }
    return Label.splice(next, behind: node.path)
  }

  /// Follows `path` from this node as far as its links are known: the last known node on it, and
  /// what that node would have to use from there on. `isLoop` if it comes back here.
  func walk(_ path: Label) -> (node: Int, rest: Label, isLoop: Bool) {
    var index = 0
    var isLoop = false
    var rest = path
    // No path has more directors.
    for _ in 0..<Label.bitCountMax {
      guard rest.bits > 1, let short = self[index].scheme.canonical(rest) else { break }
      var best: Int?
      for i in links.indices
      where links[i].parent == index && short.routesThrough(links[i].label) {
        if let other = best, links[other].label.bitCount >= links[i].label.bitCount { continue }
        best = i
      }
      guard let best else { break }
      rest = short.unspliced(at: links[best].label)
      index = links[best].child
      if index == 0 { isLoop = true }
    }
    return (index, rest, isLoop)
  }

  /// A path to where `path` leads, without loops and detours as far as the links are known.
  func simplified(_ path: Label) -> Label {
    let (index, rest, _) = walk(path)
    let short = self.path(through: index, to: rest)
    if short == .unreachable || short.bitCount > path.bitCount {
      return own.scheme.canonical(path) ?? path
    }
    return short
  }

  /// Computes all best paths anew, if links changed: by cost, then by the shorter label. Returns
  /// what became of them: the new path of a node, or the old one that leads there no longer.
  mutating func update(at now: Instant) -> [(Route, RouteQuality)] {
    guard isDirty else { return [] }
    isDirty = false
    var old: [Label] = []
    old.reserveCapacity(nodes.count)
    for i in nodes.indices {
      old.append(nodes[i]?.path ?? .unreachable)
      guard i > 0, let node = nodes[i] else { continue }
      node.losePath()
    }
    // Each round settles at least the nodes that are one link farther.
    for _ in nodes.indices {
      var hasChanged = false
      for link in links where relax(link) { hasChanged = true }
      if !hasChanged { break }
    }
    var changes: [(Route, RouteQuality)] = []
    for i in 1..<max(1, nodes.count) {
      guard let node = nodes[i] else { continue }
      node.lostAt = node.isReachable ? nil : node.lostAt ?? now
      guard node.path != old[i] else { continue }
      if old[i] != .unreachable {
        let end = walk(old[i])
        if end.node != i || end.rest != .here {
          changes.append((node.route.along(old[i]), .dead))
        }
      }
      if node.isReachable { changes.append((node.route, .table(node.cost))) }
    }
    return changes
  }

  /// True if the link makes the path to its child better, or is the one whose path changed.
  private func relax(_ link: Link) -> Bool {
    let parent = self[link.parent]
    guard link.child != 0, parent.isReachable else { return false }
    let child = self[link.child]
    let cost = UInt64(parent.cost) + UInt64(link.cost)
    guard cost < UInt64(UInt32.max) else { return false }
    let isBest = child.bestLink === link
    if !isBest, cost > UInt64(child.cost) { return false }
    let path = path(through: link.parent, to: link.label)
    guard path != .unreachable else {
      guard isBest else { return false }
      child.losePath()
      return true
    }
    if isBest {
      guard path != child.path || cost != UInt64(child.cost) else { return false }
    } else if cost == UInt64(child.cost) {
      guard path < child.path else { return false }
    }
    child.path = path
    child.cost = UInt32(cost)
    child.bestLink = link
    child.inverseForm = link.inverseForm
    return true
  }

  /// The indices of the reachable nodes that `isWanted`, nearest to `target` first, at most
  /// `countMax`.
  func nearest(to target: IPv6Address, countMax: Int, where isWanted: (Node) -> Bool) -> [Int] {
    var found: [(distance: Distance, index: Int)] = []
    for i in 1..<max(1, nodes.count) {
      guard let node = nodes[i], node.isReachable, isWanted(node) else { continue }
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
