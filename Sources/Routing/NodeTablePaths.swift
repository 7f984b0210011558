import Bytes
import Switching

// Going along paths whose links are known, doubting them, and going around them.

extension NodeTable {
  /// Follows `path` from this node as far as its links are known: the links, in order, and what the
  /// last known node would have to use from there on. A link may lead over nodes that are known,
  /// too; `hopByHop` names those.
  @inline(never)
  func follow(_ path: Label, hopByHop: Bool = false) -> (links: [Link], rest: Label) {
    var links: [Link] = []
    var index = 0
    var rest = path
    // No path has more directors.
    while links.count < Label.bitCountMax, rest.bits > 1,
      let short = self[index].scheme.canonical(rest)
    {
      var best: Link?
      for link in self[index].links where short.routesThrough(link.label) {
        if let best, (best.label.bitCount >= link.label.bitCount) != hopByHop { continue }
        best = link
      }
      guard let best else { break }
      links.append(best)
      rest = short.unspliced(at: best.label)
      index = best.child
    }
    return (links, rest)
  }

  /// What the links of `path` cost, and what is typical for those that are not known. If the whole
  /// of it took so many milliseconds, there and back, that counts instead, unless all links have
  /// been measured.
  @inline(never)
  func price(of path: Label, milliseconds: UInt32 = .max) -> UInt32 {
    let (links, rest) = follow(path)
    var price: UInt64 = 0
    for link in links { price += UInt64(cost(of: link)) }
    // Most directors have four bits.
    let unknownCount = rest.bits > 1 ? (rest.bitCount + 3) / 4 : 0
    price += UInt64(typicalCost) * UInt64(unknownCount)
    if milliseconds != .max,
      unknownCount > 0 || links.contains(where: { !$0.isProven || $0.milliseconds == .max })
    {
      let base = UInt64(Link.costMin) * UInt64(links.count + Int(unknownCount))
      price = Link.cost(base: base, milliseconds: milliseconds)
    }
    return UInt32(min(price, UInt64(UInt32.max)))
  }

  /// The same, and more for each node that it has in common with the paths `known`, but for the
  /// one to which it leads.
  @inline(never)
  func price(of path: Label, milliseconds: UInt32 = .max, around known: [Label]) -> UInt32 {
    let penalties = penalties(for: known)
    var price = price(of: path, milliseconds: milliseconds)
    for link in follow(path, hopByHop: true).links.dropLast() { price &+= penalties[link.child] }
    return price
  }

  /// True if `path` may serve where none of the paths `known` does, as far as its nodes are known:
  /// it does not come by all of those between the ends that they have in common; if there are none,
  /// by all of those of one of them.
  @inline(never)
  func evades(_ path: Label, _ known: [Label]) -> Bool {
    let nodes = follow(path, hopByHop: true).links
    var common: [Int] = []
    var isFirst = true
    var isCovered = false
    for other in known {
      if other == path { return false }
      let (links, rest) = follow(other, hopByHop: true)
      let count = rest == .here && !links.isEmpty ? links.count - 1 : links.count
      var shared: [Int] = []
      var isWithin = rest == .here
      for i in 0..<count {
        let child = links[i].child
        if isFirst || common.contains(child) { shared.append(child) }
        if !Self.leads(nodes, over: child) { isWithin = false }
      }
      if isWithin { isCovered = true }
      common = shared
      isFirst = false
    }
    for child in common where !Self.leads(nodes, over: child) { return true }
    return common.isEmpty && !isCovered
  }

  @inline(never)
  private static func leads(_ links: [Link], over node: Int) -> Bool {
    for link in links where link.child == node { return true }
    return false
  }

  /// For each node what it counts against a path that it is on the paths `known`, too.
  private func penalties(for known: [Label]) -> [UInt32] {
    var penalties = [UInt32](repeating: 0, count: nodes.count)
    for path in known {
      for link in follow(path, hopByHop: true).links {
        penalties[link.child] += Router.sharedNodePrice
      }
    }
    return penalties
  }

  /// Follows `path` from this node as far as its links are known: the last known node on it, and
  /// what that node would have to use from there on. `isLoop` if it comes by a node twice.
  @inline(never)
  func walk(_ path: Label) -> (node: Int, rest: Label, isLoop: Bool) {
    let (links, rest) = follow(path)
    var isLoop = false
    for (i, link) in links.enumerated()
    where link.child == 0 || links[..<i].contains(where: { $0.child == link.child }) {
      isLoop = true
    }
    return (links.last?.child ?? 0, rest, isLoop)
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

  /// Nothing came back along `path`: each of its links may be to blame. Doubts of long ago do not
  /// count any more.
  @inline(never)
  mutating func doubt(_ path: Label, at now: Instant) {
    if now.since(doubtedSince) >= limits.doubtMilliseconds {
      for node in nodes {
        guard let node else { continue }
        for link in node.links { link.doubtCount = 0 }
      }
      doubtedSince = now
    }
    for link in follow(path).links where link.doubtCount < .max { link.doubtCount += 1 }
    noteStuck(path, at: now)
  }

  /// True if a link of `path` is doubted.
  func isDoubted(_ path: Label, at now: Instant) -> Bool {
    now.since(doubtedSince) < limits.doubtMilliseconds
      && follow(path).links.contains { $0.doubtCount > 0 }
  }

  /// Something came back along `path`: its links work.
  mutating func believe(_ path: Label) {
    for link in follow(path).links { link.doubtCount = 0 }
    noteForwarding(path)
  }

  /// The path to the node at `target` that has the fewest links in common with those that are
  /// doubted, and the fewest nodes with the paths `known`, as far as that does not make it much
  /// longer; it may rest on what others told. `Label.unreachable` if none is known.
  @inline(never)
  func detour(to target: Int, around known: [Label]) -> Label {
    var penalties = penalties(for: known)
    penalties[target] = 0
    var costs = [UInt32](repeating: .max, count: nodes.count)
    var bits = [Int](repeating: 0, count: nodes.count)
    var last = [Link?](repeating: nil, count: nodes.count)
    costs[0] = 0
    var queue = [0]
    var position = 0
    // Each node comes again only when a cheaper way to it was found; a bound for all that.
    while position < queue.count, position < 8 * nodes.count {
      let index = queue[position]
      position += 1
      for link in self[index].links where link.child != 0 {
        var cost =
          cost(of: link) &+ UInt32(link.doubtCount) &* 2048 &+ penalties[link.child]
        if index == 0, !known.isEmpty, !link.isPeer {
          for hop in follow(link.label, hopByHop: true).links where hop.child != link.child {
            cost &+= penalties[hop.child]
          }
        }
        let (sum, overflow) = costs[index].addingReportingOverflow(cost)
        let bitCount = bits[index] + Int(link.label.bitCount)
        guard !overflow, sum < costs[link.child], bitCount <= Label.bitCountMax else { continue }
        costs[link.child] = sum
        bits[link.child] = bitCount
        last[link.child] = link
        // Nobody goes on from the target.
        if link.child != target { queue.append(link.child) }
      }
    }
    return path(to: target, over: last)
  }

  /// The path that `last` tells from its end: the link by which each node is reached.
  private func path(to target: Int, over last: [Link?]) -> Label {
    var links: [Link] = []
    var index = target
    while index != 0 {
      guard let link = last[index], links.count < Label.bitCountMax else { return .unreachable }
      links.append(link)
      index = link.parent
    }
    var path = Label.here
    var form = 0
    for link in links.reversed() {
      guard let next = director(link.label, at: link.parent, from: form) else {
        return .unreachable
      }
      path = link.parent == 0 ? next : Label.splice(next, behind: path)
      guard path != .unreachable else { return .unreachable }
      form = link.isProven ? link.inverseForm : formBack(link)
    }
    return path
  }

  /// A packet went along `path` to the node at `target`, which uses a director of `form` to get
  /// back, and was answered: links on the way that nobody had tried are good.
  mutating func prove(_ path: Label, to target: Int, form: Int) {
    let (links, rest) = follow(path)
    guard links.last?.child == target, rest == .here else { return }
    noteForwarding(path)
    for link in links {
      link.doubtCount = 0
      guard !link.isProven else { continue }
      link.inverseForm = link.child == target ? form : formBack(link)
      link.isProven = true
      better.append(link)
    }
  }

  /// The form of the director by which the child of a link that nobody has tried gets back.
  private func formBack(_ link: Link) -> Int {
    let child = self[link.child]
    guard let back = child.links.first(where: { $0.child == link.parent }) else {
      // Too narrow a director behind it would be refused, which others notice, too wide a one costs
      // three bits; and not all of its peers need be known.
      return child.links.count < 24 ? 1 : 2
    }
    return child.scheme.form(of: back.label) ?? 0
  }
}
