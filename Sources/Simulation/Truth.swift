import Bytes
import Switching

/// The shortest paths there are, over links that are up and nodes that are on: what a router could
/// know at best.
///
/// Not every path can be written as a label. Each node on the way but the last takes a director,
/// which is as wide as the slots on both of its sides need (routing.md section 2, R1), and so does
/// the last one's own router: 63 bits together. A path that *fits* is one for which that is enough,
/// and no router reaches who is behind longer ones.
public struct Truth {
  private struct Hop {
    var node: Int32
    var latency: UInt32
    /// Bits that the slot of this link takes, on this side and on the other.
    var width: UInt8
    var widthThere: UInt8
  }

  /// What is to be as little as can be.
  private enum Measure { case hops, milliseconds, bits }

  /// Farther than every node.
  public static var unreachable: UInt64 { .max }
  /// Bits of all directors, with the last one's.
  static var bitCountMax: Int { 63 }
  /// Of a director, in the order of the forms.
  private static var widths: [Int] { EncodingScheme.v358.forms.map(\.width) }

  private var hops: [[Hop]]

  /// What is true of `network` now. A link that has no slot yet is taken for a narrow one.
  public init(_ network: Network) {
    let slots = network.nodes.indices.map { Trace.slots(network, of: $0) }
    self.init(
      nodeCount: network.nodes.count,
      links: network.links.filter { network.nodes[$0.a].isOn && network.nodes[$0.b].isOn }
    ) { slots[$0][$1] }
  }

  /// `slot` tells the slot in which a node has another.
  public init(
    nodeCount: Int, links: [Topology.Edge], slot: (_ of: Int, _ to: Int) -> Int? = { _, _ in nil }
  ) {
    hops = Array(repeating: [], count: nodeCount)
    let scheme = EncodingScheme.v358
    func width(_ a: Int, _ b: Int) -> UInt8 {
      let form = slot(a, b).flatMap { scheme.canonicalForm(slot: $0) } ?? 0
      return UInt8(scheme.forms[form].width)
    }
    for link in links {
      let latency = UInt32(link.latency ?? 0)
      let (a, b) = (width(link.a, link.b), width(link.b, link.a))
      hops[link.a].append(
        Hop(node: Int32(link.b), latency: latency, width: a, widthThere: b))
      hops[link.b].append(
        Hop(node: Int32(link.a), latency: latency, width: b, widthThere: a))
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

  // MARK: Paths that fit

  /// Links on the path that has the fewest of those that fit.
  public func hops(from start: Int, to end: Int) -> UInt64 {
    fitting(.hops, from: start, to: end)[end]
  }

  /// Milliseconds on the path that takes the fewest of those that fit.
  public func milliseconds(from start: Int, to end: Int) -> UInt64 {
    fitting(.milliseconds, from: start, to: end)[end]
  }

  /// Bits of the shortest label from `start` to each node.
  public func bits(from start: Int) -> [UInt64] { fitting(.bits, from: start, to: nil) }

  /// Bits of the shortest label from `start` to `end`.
  public func bits(from start: Int, to end: Int) -> UInt64 {
    fitting(.bits, from: start, to: end)[end]
  }

  /// Whether there is a path that fits.
  public func fits(_ a: Int, _ b: Int) -> Bool { bits(from: a, to: b) != Self.unreachable }

  /// How far each node is from `start`, or at least `end`. What else a path may still take depends
  /// on its bits and on the slot it came in by, so more than one path to a node may be of use.
  private func fitting(_ measure: Measure, from start: Int, to end: Int?) -> [UInt64] {
    struct Reached {
      var node: Int32
      var bits: UInt8
      var form: UInt8
    }
    let widths = Self.widths
    var distances = [UInt64](repeating: Self.unreachable, count: hops.count)
    // For each node and form: the fewest bits of what was there, which came over less distance.
    var least = [UInt8](repeating: .max, count: hops.count * widths.count)
    var open = [[Reached(node: Int32(start), bits: 0, form: 0)]]
    var distance = 0
    while distance < open.count {
      var i = 0
      while i < open[distance].count {
        let reached = open[distance][i]
        i += 1
        let node = Int(reached.node)
        let place = node * widths.count
        let form = Int(reached.form)
        guard (0...form).allSatisfy({ least[place + $0] > reached.bits }) else { continue }
        least[place + form] = reached.bits
        if distances[node] == Self.unreachable {
          distances[node] = UInt64(distance)
          if node == end { return distances }
        }
        for hop in hops[node] {
          let director = max(widths[form], Int(hop.width))
          let bits = Int(reached.bits) + director
          guard bits + Int(hop.widthThere) <= Self.bitCountMax else { continue }
          let step =
            switch measure {
            case .hops: 1
            case .milliseconds: Int(hop.latency)
            case .bits: director
            }
          while open.count <= distance + step { open.append([]) }
          open[distance + step].append(
            Reached(
              node: hop.node, bits: UInt8(bits),
              form: hop.widthThere == 4 ? 0 : hop.widthThere == 7 ? 1 : 2))
        }
      }
      open[distance] = []
      distance += 1
    }
    return distances
  }

  // MARK: Whatever path

  /// Whether there is a path, be it too long for a label.
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
