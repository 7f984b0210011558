import Bytes

/// The shortest paths there are, over links that are up and nodes that are on: what a router could
/// know at best.
public struct Truth {
  private struct Hop {
    var node: Int32
    var latency: UInt32
  }

  /// Farther than every node.
  public static var unreachable: UInt64 { .max }

  private var hops: [[Hop]]

  /// What is true of `network` now.
  public init(_ network: Network) {
    self.init(
      nodeCount: network.nodes.count,
      links: network.links.filter { network.nodes[$0.a].isOn && network.nodes[$0.b].isOn })
  }

  public init(nodeCount: Int, links: [Topology.Edge]) {
    hops = Array(repeating: [], count: nodeCount)
    for link in links {
      let latency = UInt32(link.latency ?? 0)
      hops[link.a].append(Hop(node: Int32(link.b), latency: latency))
      hops[link.b].append(Hop(node: Int32(link.a), latency: latency))
    }
  }

  /// Takes a link away.
  public mutating func cut(_ a: Int, _ b: Int) {
    hops[a].removeAll { $0.node == b }
    hops[b].removeAll { $0.node == a }
  }

  /// Takes all links of a node away.
  public mutating func isolate(_ number: Int) {
    for hop in hops[number] { hops[Int(hop.node)].removeAll { $0.node == number } }
    hops[number] = []
  }

  public func linkCount(of number: Int) -> Int { hops[number].count }

  /// Links from `start` to each node, on the path that has the fewest.
  public func hops(from start: Int) -> [UInt64] {
    var distances = [UInt64](repeating: Self.unreachable, count: hops.count)
    distances[start] = 0
    var queue = [Int32(start)]
    var next = 0
    while next < queue.count {
      let node = Int(queue[next])
      next += 1
      for hop in hops[node] where distances[Int(hop.node)] == Self.unreachable {
        distances[Int(hop.node)] = distances[node] + 1
        queue.append(hop.node)
      }
    }
    return distances
  }

  /// Milliseconds from `start` to each node, on the path that takes the fewest.
  public func milliseconds(from start: Int) -> [UInt64] {
    var distances = [UInt64](repeating: Self.unreachable, count: hops.count)
    distances[start] = 0
    // By distance: nodes that may be that far away.
    var open: [[Int32]] = [[Int32(start)]]
    var distance = 0
    while distance < open.count {
      var i = 0
      while i < open[distance].count {
        let node = Int(open[distance][i])
        i += 1
        guard distances[node] == UInt64(distance) else { continue }
        for hop in hops[node] {
          let there = distance + Int(hop.latency)
          guard UInt64(there) < distances[Int(hop.node)] else { continue }
          distances[Int(hop.node)] = UInt64(there)
          while open.count <= there { open.append([]) }
          open[there].append(hop.node)
        }
      }
      open[distance] = []
      distance += 1
    }
    return distances
  }

  /// Whether there is a path.
  public func connects(_ a: Int, _ b: Int) -> Bool { hops(from: a)[b] != Self.unreachable }

  /// Milliseconds along `path`, node after node; nil if a link of it is not there.
  public func milliseconds(along path: [Int]) -> UInt64? {
    var sum: UInt64 = 0
    for (a, b) in zip(path, path.dropFirst()) {
      guard let hop = hops[a].first(where: { $0.node == b }) else { return nil }
      sum += UInt64(hop.latency)
    }
    return sum
  }
}
