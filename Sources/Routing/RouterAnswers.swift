import Bytes
import Switching

extension Router {
  /// Most nodes in an answer.
  static var answerCountMax: Int { 8 }
  /// Who was heard of so long ago is asked whether it is there when somebody is told of it.
  static var toldMilliseconds: UInt64 { 30_000 }

  /// Answers a query that came along the return path `path` (routing.md section 7).
  mutating func answer(_ query: RouterMessage, to asker: Route, at now: Instant) {
    guard let form = scheme.form(of: asker.label) else { return }
    let answer = RouterMessage(
      query: nil, transaction: query.transaction, version: version, scheme: scheme, form: form)
    switch query.query {
    case .find:
      if let target = query.targetAddress {
        answer.nodes = nodes(near: target, for: asker)
        // Who looks for itself looks for its neighbours in key space.
        if let index = table.index(of: target), target != asker.address,
          table[index].isReachable, now.since(table[index].heardAt) > Self.toldMilliseconds
        {
          check(index, at: now)
        }
      }
    case .peers:
      if let label = query.targetLabel { answer.nodes = peers(from: label, for: asker) }
    case .nextHop:
      if let target = query.targetAddress { answer.nodes = nextHop(to: target, for: asker) }
    default: break
    }
    counters.answersSent &+= 1
    emit(.send(answer.encoded, to: asker, isQuery: false))
  }

  /// A node as it is told to an asker (rule R2); nil if its label cannot be written for them.
  private func listed(_ route: Route, for asker: Route) -> ListedNode? {
    guard let label = scheme.widened(route.label, for: asker.label),
      label.bitCount <= Label.bitCountMax
    else { return nil }
    return ListedNode(key: route.key, label: label, version: route.version)
  }

  /// Exactly the nearest nodes, best last. Those that do not want to be disturbed are left out
  /// after the choice. The target comes twice if another way to it is known, which may serve when
  /// something is wrong with the better one: that one is the last.
  private func nodes(near target: IPv6Address, for asker: Route) -> [ListedNode] {
    let nearest = table.nearest(to: target, countMax: Self.answerCountMax) {
      $0.version >= RouterMessage.versionMin
    }
    var nodes: [ListedNode] = []
    for index in nearest.reversed() where !table[index].doNotDisturb {
      if table[index].address == target, let path = otherPath(to: table[index]),
        let node = listed(table[index].route.along(path), for: asker)
      {
        if nodes.count == Self.answerCountMax - 1 { nodes.removeFirst() }
        nodes.append(node)
      }
      if let node = listed(table[index].route, for: asker) { nodes.append(node) }
    }
    return nodes
  }

  /// The cheapest path to `node` that does not end with the last link of the best one; nil if there
  /// is none.
  @inline(never)
  private func otherPath(to node: Node) -> Label? {
    #if !APPLIANCE
      if limits.habits.contains(.search) { return nil }
    #endif
    var best: Label?
    var cost = UInt32.max
    for link in node.parents where link !== node.bestLink && link.isProven {
      let path = table.path(through: link.parent, to: link.label)
      guard path != .unreachable, path != node.path, !table.walk(path).isLoop else { continue }
      let other = table[link.parent].cost &+ table.cost(of: link)
      if other < cost { (best, cost) = (path, other) }
    }
    return best
  }

  /// The direct peers from `start` on in the order of their labels, this node as the first; the
  /// one next to `start` last. Who is reached quicker by a detour is a peer nevertheless: others
  /// may have to come this way.
  private func peers(from start: Label, for asker: Route) -> [ListedNode] {
    var first = start
    if start.bits > 1 {
      guard let width = scheme.width(of: start) else { return [] }
      first = start.prefix(bitCount: width)
      // What we told was widened for the asker: labels are compared in their shortest form.
      first = scheme.canonical(first) ?? first
    }
    var found: [Route] = []
    if first.bits <= 1 { found.append(table.own.route) }
    for link in table.own.links where link.isPeer && link.label >= first {
      let node = table[link.child]
      guard !node.doNotDisturb else { continue }
      var position = found.count
      while position > 0, link.label < found[position - 1].label { position -= 1 }
      guard position < Self.answerCountMax else { continue }
      if found.count == Self.answerCountMax { found.removeLast() }
      found.insert(node.route.along(link.label), at: position)
    }
    var nodes: [ListedNode] = []
    for route in found.reversed() {
      if let node = listed(route, for: asker) { nodes.append(node) }
    }
    return nodes
  }

  /// The order of labels of as many hops: the fewer bits, then the first director first.
  private static func precedes(_ a: Label, _ b: Label) -> Bool {
    a.bitCount != b.bitCount ? a.bitCount < b.bitCount : a.reversed < b.reversed
  }

  /// The target, or the first node in the order of hops and labels that is nearer to it than this
  /// one by the most significant word.
  private func nextHop(to target: IPv6Address, for asker: Route) -> [ListedNode] {
    var best: Route?
    if let index = table.index(of: target), table[index].isReachable,
      !table[index].doNotDisturb
    {
      best = table[index].route
    } else {
      let own = address.prefix ^ target.prefix
      var bestCost = UInt32.max
      for i in table.nodes.indices.dropFirst() {
        guard let node = table.nodes[i], node.isReachable, !node.doNotDisturb,
          node.address.prefix ^ target.prefix < own
        else { continue }
        if let other = best {
          if node.cost > bestCost { continue }
          if node.cost == bestCost, !Self.precedes(node.path, other.label) { continue }
        }
        best = node.route
        bestCost = node.cost
      }
    }
    guard let best, let node = listed(best, for: asker) else { return [] }
    return [node]
  }
}
