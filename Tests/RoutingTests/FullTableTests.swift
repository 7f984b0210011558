import Bytes
import Routing
import Switching
import Testing

/// What a search finds when the table has no room for it.
@Suite struct FullTableTests {
  /// Node 0 knows its three peers, theirs, and few others; each of those has three behind it, and
  /// each leaf has a neighbour of the next family, too.
  private func makeNetwork(seed: UInt64) -> TestNetwork {
    var limits = RouterLimits()
    limits.nodeCountMax = 24
    let network = TestNetwork(seed: seed)
    network.add(limits: limits)
    network.add(39)
    for i in 1..<40 { network.connect(i, (i - 1) / 3) }
    for i in 13..<39 where i % 3 == 0 { network.connect(i, i + 1) }
    network.run(for: 60_000)
    return network
  }

  /// Whom the table of node 0 has no room for.
  private func strangers(_ network: TestNetwork) -> [Int] {
    (13..<40).filter { network.route(0, to: $0) == nil }
  }

  @Test func `who was searched for stays`() throws {
    let network = makeNetwork(seed: 31)
    let wanted = Array(strangers(network).prefix(4))
    #expect(wanted.count == 4)
    for i in wanted {
      let isFound = network.search(0, for: i).found
      #expect(isFound)
    }
    network.run(for: 120_000)
    for i in wanted {
      let route = try #require(network.route(0, to: i))
      #expect(network.end(of: route.label, from: 0) == i)
    }
    #expect(network.nodeCount(0) <= 27)
  }

  @Test(arguments: 32...35 as ClosedRange<UInt64>)
  func `its path is as short as there is one`(seed: UInt64) throws {
    let network = makeNetwork(seed: seed)
    for i in strangers(network).prefix(6) {
      let isFound = network.search(0, for: i).found
      #expect(isFound)
      network.run(for: 3000)
      let route = try #require(network.route(0, to: i))
      // Three hops: by way of its parent, which the table knows.
      #expect(route.label.bitCount <= 12, "to \(i)")
    }
  }

  @Test func `nodes know those whose addresses are nearest to theirs`() {
    // One network says little: from one to the next it differs by ten.
    let count = (36...39).map { nearestKnown(seed: $0) }.reduce(0, +)
    // Of 640; nobody can keep all in a table of 24.
    #expect(count >= 592)
  }

  /// How often one of 80 nodes knows one of the two whose addresses are nearest to its own.
  private func nearestKnown(seed: UInt64) -> Int {
    var limits = RouterLimits()
    limits.nodeCountMax = 24
    let network = TestNetwork(seed: seed)
    for _ in 0..<80 { network.add(limits: limits) }
    for i in 1..<80 { network.connect(i, (i - 1) / 3) }
    network.run(for: 300_000)
    var count = 0
    for i in 0..<80 {
      let address = network.nodes[i].address
      let others = (0..<80).filter { $0 != i }.sorted {
        Distance(address, network.nodes[$0].address) < Distance(address, network.nodes[$1].address)
      }
      for other in others.prefix(2) where network.route(i, to: other) != nil { count += 1 }
    }
    return count
  }
}
