import Bytes
import Cryptography
import Switching
import Testing

@testable import Routing

/// Better paths to nodes that users talk to, and what is learnt on the way there.
@Suite struct ImprovementTests {
  private static let slow: UInt64 = 200

  /// A ring of four with one slow wire, in which node 0 reaches node 2 over that, and asks for
  /// nothing by itself any more.
  private func ring(seed: UInt64) throws -> TestNetwork {
    var limits = RouterLimits()
    limits.queryInterval = 1 << 40
    let network = TestNetwork(seed: seed)
    for _ in 0..<4 { network.add(limits: limits) }
    network.latencies[[1, 2]] = Self.slow
    for i in 0..<3 { network.connect(i, i + 1) }
    network.run(for: 60_000) { network.route(0, to: 2) != nil }
    let route = try #require(network.route(0, to: 2))
    while network.nodes[0].router.budget.takeIfAny(at: network.now) {}
    // There is a quick way now, but nothing is asked to get to know it.
    network.connect(3, 0)
    network.run(for: 5000)
    #expect(network.route(0, to: 2)?.label == route.label)
    return network
  }

  /// Lets node 0 look for a better path to node 2. The path by node 3, if one was answered.
  private func improve(_ network: TestNetwork) throws -> Label? {
    let route = try #require(network.route(0, to: 2))
    let first = try #require(network.route(0, to: 3))
    var found: Label?
    network.nodes[0].router.improve(
      route, milliseconds: 2 * UInt32(Self.slow), isServed: true, at: network.now,
      entropy: network.entropy)
    network.drain(0)
    network.run(for: 3000) {
      let label = network.nodes[0].answeredLabels[network.nodes[2].address]
      if let label, label.routesThrough(first.label) { found = label }
      return false
    }
    return found
  }

  @Test(arguments: 1...5 as ClosedRange<UInt64>, [true, false])
  func `a quicker way to whom users talk to is found and measured`(
    seed: UInt64, isToldOf: Bool
  ) throws {
    let network = try ring(seed: seed)
    let neighbour = network.index(0, of: 3)
    if !isToldOf { network.nodes[0].router.table.removeLinks(from: neighbour) { _ in true } }
    let label = try #require(try improve(network))
    #expect(network.end(of: label, from: 0) == 2)
    // The table knows that it is the better one: both wires there and back, but for what the
    // neighbour is said to take.
    let route = try #require(network.route(0, to: 2))
    #expect(route.label.routesThrough(try #require(network.route(0, to: 3)).label))
    let link = network.nodes[0].router.table[network.index(0, of: 2)].parents.first {
      $0.parent == neighbour
    }
    #expect(link?.milliseconds == 3 * UInt32(network.latency))
  }

  @Test func `who knows all neighbours of the target asks only for them`() throws {
    let network = try ring(seed: 6)
    _ = try improve(network)
    let before = network.nodes[0].router.counters.searchQueries
    _ = try improve(network)
    #expect(network.nodes[0].router.counters.searchQueries == before + 1)
  }

  @Test func `many conversations are improved one after the other`() throws {
    let network = try ring(seed: 7)
    let route = try #require(network.route(0, to: 2))
    let before = network.nodes[0].router.counters.searchQueries
    for _ in 0..<1000 {
      network.nodes[0].router.improve(
        route, milliseconds: .max, isServed: true, at: network.now, entropy: network.entropy)
    }
    let burst = UInt64(RouterLimits().improveBurst)
    let asked = network.nodes[0].router.counters.searchQueries - before
    #expect(burst <= asked && asked <= 2 * burst)
  }

  @Test func `any other way is found to whom nobody has answered, however slow it is`() throws {
    let network = TestNetwork(seed: 8)
    network.add(5)
    // The target is behind 1, which is near, and behind 2 and 3.
    for (a, b) in [(0, 1), (1, 4), (0, 2), (2, 3), (3, 4)] { network.connect(a, b) }
    network.latencies[[2, 3]] = Self.slow
    network.run(for: 60_000)
    let route = try #require(network.route(0, to: 4))
    let near = try #require(network.route(0, to: 1)).label
    #expect(route.label.routesThrough(near))
    for isServed in [true, false] {
      var others: Set<Label> = []
      network.nodes[0].router.improve(
        route, milliseconds: UInt32(4 * network.latency), isServed: isServed, at: network.now,
        entropy: network.entropy)
      network.drain(0)
      network.run(for: 3000) {
        if let label = network.nodes[0].answeredLabels[network.nodes[4].address],
          !label.routesThrough(near)
        {
          others.insert(label)
        }
        return false
      }
      #expect(others.count == (isServed ? 0 : 1))
      for label in others { #expect(network.end(of: label, from: 0) == 4) }
    }
  }

  @Test func `whoever is searched for is listed with two ways, the better one last`() throws {
    let network = TestNetwork(seed: 11)
    network.add(4)
    for (a, b) in [(0, 1), (1, 2), (2, 3), (1, 3)] { network.connect(a, b) }
    network.latencies[[1, 3]] = Self.slow
    // The slow wire is the peering, the quick way is found by asking.
    network.disconnect(1, 3)
    network.connect(1, 3)
    network.run(for: 120_000)
    let hop = try #require(network.route(0, to: 1))
    #expect(network.ask(.find(network.nodes[3].address), of: hop, timeout: nil, token: 7))
    network.run(for: 1000)
    let nodes = try #require(network.nodes[0].asked.last?.nodes)
    let ways = nodes.filter { $0.address == network.nodes[3].address }
    #expect(ways.count == 2 && nodes.last?.address == network.nodes[3].address)
    #expect(ways.map { network.end(of: $0.label, from: 0) } == [3, 3])
    #expect(ways.map { $0.label.bitCount } == [8, 12])
    // Of others one way is listed.
    let others = nodes.filter { $0.address != network.nodes[3].address }
    #expect(Set(others.map { $0.address }).count == others.count)
  }

  @Test func `what may serve where others do not leaves out a node that they share`() throws {
    let network = TestNetwork(seed: 10)
    network.add(8)
    // Two nodes between 0 and 7 on each of four ways; all but one share the second of them.
    let wires = [
      (0, 1), (0, 2), (0, 6), (0, 3), (1, 4), (2, 4), (6, 4), (3, 5), (4, 7), (5, 7),
    ]
    for (a, b) in wires { network.connect(a, b) }
    network.run(for: 60_000)
    let router = network.nodes[0].router.table
    func path(_ nodes: Int...) -> Label {
      var path = Label.here
      for (a, b) in zip([0] + nodes, nodes) {
        let slot = network.nodes[a].wires.first { $0.value.node == b }!.key
        let hop = EncodingScheme.v358.label(slot: slot)!
        path = path == .here ? hop : Label.splice(hop, behind: path)
      }
      return path
    }
    let (first, second, third) = (path(1, 4, 7), path(2, 4, 7), path(3, 5, 7))
    #expect(network.end(of: first, from: 0) == 7 && network.end(of: third, from: 0) == 7)
    #expect(!router.evades(first, [first]))
    #expect(router.evades(second, [first]) && router.evades(third, [first]))
    // Both failed: it is the node that they share.
    #expect(!router.evades(path(6, 4, 7), [second, first]))
    #expect(router.evades(third, [first, second]))
    // All failed, and they share nothing: only another way will do.
    #expect(!router.evades(second, [first, second, third]))
    // Nothing is known of the one that failed: whatever is another one may do.
    #expect(router.evades(first, [Label(0x7fff)]))
  }

  @Test func `a peer is listed though a detour to it is quicker`() throws {
    let network = TestNetwork(seed: 9)
    network.add(3)
    network.latencies[[1, 2]] = Self.slow
    for i in 0..<3 { network.connect(i, (i + 1) % 3) }
    network.run(for: 60_000)
    let hop = try #require(network.route(0, to: 1))
    #expect(try #require(network.route(1, to: 2)).label.bitCount > hop.label.bitCount)
    #expect(network.ask(.peers(from: .unknown), of: hop, timeout: nil, token: 7))
    network.run(for: 1000)
    let nodes = try #require(network.nodes[0].asked.last?.nodes)
    let listed = try #require(nodes.first { $0.address == network.nodes[2].address })
    #expect(listed.label.bitCount == 2 * hop.label.bitCount)
    #expect(network.end(of: listed.label, from: 0) == 2)
  }

  @Test func `a link of which somebody told is known though nobody has time to try it`() throws {
    let network = TestNetwork(seed: 10)
    network.add(4)
    network.latencies[[1, 2]] = Self.slow
    for i in 0..<4 { network.connect(i, (i + 1) % 4) }
    network.run(for: 60_000)
    let neighbour = network.index(0, of: 3)
    network.nodes[0].router.table.removeLinks(from: neighbour) { _ in true }
    while !network.nodes[0].router.candidates.isFull {
      let (parent, child) = (network.makeKey(), network.makeKey())
      var candidate = Candidate(
        id: Candidate.ID(parent: parent.address, label: Label(0b1_0011), child: child.address),
        key: child, version: 21, dueAt: network.now)
      candidate.isAsked = true
      _ = network.nodes[0].router.candidates.add(candidate, isNeeded: false)
    }
    let node = network.nodes[0].router.table[neighbour]
    network.nodes[0].router.readAgain(node, at: network.now)
    network.nodes[0].router.settle(at: network.now)
    network.run(for: 5000)
    #expect(node.links.contains { $0.child == network.index(0, of: 2) })
  }

  @Test func `a path of unknown links costs what it takes`() {
    let network = TestNetwork(seed: 8)
    network.add()
    let table = network.nodes[0].router.table
    // Two hops, of which the table knows nothing.
    let path = Label(0b1_0001_0011)
    let quick = table.price(of: path, milliseconds: 10)
    #expect(quick > 2 * Link.costMin && quick < table.price(of: path, milliseconds: 100))
    #expect(table.price(of: path) == 2 * table.typicalCost)
  }
}
