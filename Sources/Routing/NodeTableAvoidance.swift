import Bytes
import Switching

// Nodes that answer, and forward nothing: paths are led around them, whichever of their links has
// the blame for what got lost.

extension NodeTable {
  /// Nothing came back along `path`. A node over which several of those behind it could not be
  /// reached, and nothing has come since, is to be avoided for a while, whichever links others
  /// blame: it may answer, and forward nothing.
  @inline(never)
  mutating func noteStuck(_ path: Label, at now: Instant) {
    #if !APPLIANCE
      if limits.habits.contains(.cost) { return }
    #endif
    for link in follow(path, hopByHop: true).links where link.parent != 0 {
      let node = self[link.parent]
      node.stuckHops |= 1 << UInt16(truncatingIfNeeded: link.child & 15)
      guard node.stuckHops.nonzeroBitCount >= limits.stuckHopCountMax, !node.isAvoided else {
        continue
      }
      node.isAvoided = true
      forgiveAt = min(forgiveAt, now + limits.avoidMilliseconds)
      leave(own.links)
      leave(node.links)
    }
  }

  /// Looks for other paths to those whose best ones end with one of `links`, and lead over a node
  /// that is avoided.
  @inline(never)
  private mutating func leave(_ links: [Link]) {
    for link in links where self[link.child].bestLink === link && avoidance(of: link) != 0 {
      broken.append(self[link.child])
      avoiding.append(self[link.child])
    }
  }

  /// Something came along `path`: over all nodes on it.
  @inline(never)
  mutating func noteForwarding(_ path: Label) {
    for link in follow(path, hopByHop: true).links where link.parent != 0 {
      let node = self[link.parent]
      node.stuckHops = 0
      if node.isAvoided { acquit(node) }
    }
  }

  @inline(never)
  private mutating func acquit(_ node: Node) {
    node.stuckHops = 0
    node.isAvoided = false
    better += own.links
    better += node.links
  }

  /// All that are avoided get another chance.
  mutating func forgive() {
    forgiveAt = .never
    for node in nodes {
      if let node, node.isAvoided { acquit(node) }
    }
  }

  /// What the link costs on a path, as far as that is known.
  func cost(of link: Link) -> UInt32 {
    (link.isProven ? link.cost : typicalCost) &+ avoidance(of: link)
  }

  /// What it counts against a path that the link leads over a node that is avoided.
  @inline(never)
  private func avoidance(of link: Link) -> UInt32 {
    guard forgiveAt != .never, link.child != 0 else { return 0 }
    var isAvoided = self[link.parent].isAvoided
    if link.parent == 0, !link.isPeer {
      for hop in follow(link.label, hopByHop: true).links where self[hop.parent].isAvoided {
        isAvoided = true
      }
    }
    return isAvoided ? Router.sharedNodePrice : 0
  }

  /// What the path to `node` costs, whomever it comes by.
  @inline(never)
  func costOfLinks(to node: Node) -> UInt32 {
    var cost = node.cost
    guard forgiveAt != .never else { return cost }
    var node = node
    while let link = node.bestLink {
      cost -= min(cost, avoidance(of: link))
      node = self[link.parent]
    }
    return cost
  }
}
