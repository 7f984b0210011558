import Bytes
import Switching

// Computing the best paths anew that changes of links concern.

extension NodeTable {
  /// Computes the best paths anew that changes of links concern: by cost, then by the shorter
  /// label. Returns what became of them: the new path of a node, or the old one that leads there no
  /// longer.
  mutating func update(at now: Instant) -> [(Route, RouteQuality)] {
    guard !better.isEmpty || !broken.isEmpty else { return [] }
    // Paths that are too long for a label break others; each round has shorter ones to try.
    for _ in 0..<Label.bitCountMax where !better.isEmpty || !broken.isEmpty {
      let lost = loseBroken()
      for node in lost {
        for link in node.parents { relax(link) }
      }
      for link in better where !link.isGone { relax(link) }
      better.removeAll(keepingCapacity: true)
      var position = 0
      while position < queue.count {
        let node = self[queue[position]]
        position += 1
        node.isQueued = false
        for link in node.links { relax(link) }
      }
      queue.removeAll(keepingCapacity: true)
    }
    return takeChanges(at: now)
  }

  /// Takes their paths from the broken nodes and all behind them, and returns them.
  private mutating func loseBroken() -> [Node] {
    var lost = broken
    broken.removeAll(keepingCapacity: true)
    var i = 0
    while i < lost.count {
      let node = lost[i]
      i += 1
      guard let index = index(of: node.address), self[index] === node, node.isReachable else {
        continue
      }
      touch(index)
      for link in node.links where self[link.child].bestLink === link {
        lost.append(self[link.child])
      }
      bucketCounts[Int(node.bucket)] -= 1
      node.losePath()
    }
    return lost
  }

  private mutating func touch(_ index: Int) {
    changeCount &+= 1
    let node = self[index]
    guard node.formerPath == nil else { return }
    node.formerPath = node.path
    touched.append(index)
  }

  private mutating func takeChanges(at now: Instant) -> [(Route, RouteQuality)] {
    var changes: [(Route, RouteQuality)] = []
    for i in touched {
      guard let node = nodes[i], let former = node.formerPath else { continue }
      node.formerPath = nil
      if node.isReachable { node.lostAt = .never } else { note(lost: node, at: now) }
      guard node.path != former else { continue }
      if former != .unreachable {
        let end = walk(former)
        if end.node != i || end.rest != .here {
          changes.append((node.route.along(former), .dead))
        }
      }
      if node.isReachable { changes.append((node.route, .table(node.cost))) }
    }
    touched.removeAll(keepingCapacity: true)
    return changes
  }

  /// Takes the link for the path to its child, if that makes it better or if the link is the one
  /// whose path changed.
  private mutating func relax(_ link: Link) {
    let parent = self[link.parent]
    guard link.child != 0, link.isProven, parent.isReachable else { return }
    let child = self[link.child]
    let cost = UInt64(parent.cost) + UInt64(self.cost(of: link))
    guard cost < UInt64(UInt32.max) else { return }
    let isBest = child.bestLink === link
    if !isBest, cost > UInt64(child.cost) { return }
    let path = path(through: link.parent, to: link.label)
    guard path != .unreachable else {
      if isBest { broken.append(child) }
      return
    }
    if isBest {
      guard path != child.path || cost != UInt64(child.cost) else { return }
      // It can have become longer only if it is another one; whoever is cheaper now is asked.
      if cost > UInt64(child.cost) {
        broken.append(child)
        return
      }
    } else if cost == UInt64(child.cost) {
      guard path < child.path else { return }
    }
    touch(link.child)
    if !child.isReachable { bucketCounts[Int(child.bucket)] += 1 }
    if path != child.path, !link.isPeer {
      child.roundTrip = roundTrip(through: link.parent).flatMap {
        link.milliseconds == .max ? nil : $0 &+ link.milliseconds
      }
    }
    child.path = path
    child.cost = UInt32(cost)
    child.bestLink = link
    child.inverseForm = link.inverseForm
    guard !child.isQueued else { return }
    child.isQueued = true
    queue.append(link.child)
  }

  /// Milliseconds to the node at `index` and back, as far as it is known.
  func roundTrip(through index: Int) -> UInt32? { index == 0 ? 0 : self[index].roundTrip }
}
