import Bytes
import Switching
import Testing

@testable import Routing

/// That simulated nodes with the original's habits do what was seen of the original, or read
/// (routing.md sections 11 to 15).
@Suite struct HabitTests {
  private func limits(_ habits: RoutingHabits) -> RouterLimits {
    var limits = RouterLimits()
    limits.habits = habits
    if habits.contains(.search) { limits.searchParallelMax = 1 }
    return limits
  }

  private func network(_ count: Int, _ habits: RoutingHabits, seed: UInt64) -> TestNetwork {
    let network = TestNetwork(seed: seed)
    for _ in 0..<count { network.add(limits: limits(habits)) }
    return network
  }

  /// The network in which the original was watched.
  private func six(_ habits: RoutingHabits, seed: UInt64) -> TestNetwork {
    let network = network(6, habits, seed: seed)
    for (a, b) in [(0, 1), (1, 2), (2, 3), (3, 4), (2, 5), (1, 5)] { network.connect(a, b) }
    return network
  }

  @Test(arguments: 1...3 as ClosedRange<UInt64>)
  func `six idle nodes ask as often, and for the same, as six of the original`(seed: UInt64) {
    let network = six(.all, seed: seed)
    network.run(for: 45_000)
    let counts = network.queryCounts
    let all = counts.ping + counts.peers + counts.find
    // 2.7 for each node and second, 68 % of them for peers, 22 % in the key space, 10 % pings.
    #expect((2400...3100).contains(all * 1000 / (6 * 45)))
    #expect((58...78).contains(counts.peers * 100 / all))
    #expect((12...32).contains(counts.find * 100 / all))
    #expect((1...20).contains(counts.ping * 100 / all))
    for i in 0..<6 {
      #expect(network.nodeCount(i) == 5)
      for j in 0..<6 where j != i {
        #expect(network.route(i, to: j).flatMap { network.end(of: $0.label, from: i) } == j)
      }
    }
  }

  @Test func `only the last entry of an answer is followed, if it is nearer`() {
    let network = network(6, .search, seed: 4)
    let target = network.nodes[0].address
    let others = network.nodes.dropFirst().sorted {
      Distance(target, $0.address) < Distance(target, $1.address)
    }
    let routes = others.enumerated().map { number, node in
      Route(
        key: node.key, address: node.address, version: 21, label: Label(UInt64(0x13 + 2 * number)))
    }
    let search = Search(
      id: 1, target: target, requestCount: 20, knownCount: 0, limits: limits(.search))
    func next() -> IPv6Address? { search.next(at: network.now)?.route.address }
    search.addLast(of: [routes[0], routes[1]], by: routes[3])
    search.addLast(of: [routes[0], routes[4]], by: routes[3])
    #expect(search.candidates.map(\.route.address) == [routes[1].address])
    #expect(next() == routes[1].address)
    // Nobody is asked twice, not even along another path.
    search.addLast(of: [routes[1].along(Label(0x19))], by: routes[3])
    #expect(next() == nil)
  }

  @Test func `time costs nothing`() {
    for (habits, isDearer) in [(RoutingHabits([]), true), (.cost, false)] {
      let network = network(2, habits, seed: 5)
      network.latency = 400
      network.connect(0, 1)
      let node = network.nodes[0].router.node(for: network.nodes[1].address, now: network.now)
      #expect((node?.cost ?? 0 > Link.costMin) == isDearer)
    }
  }

  @Test func `the last link has the blame for one before it`() {
    let network = network(4, .all, seed: 6)
    for i in 1..<4 { network.connect(i - 1, i) }
    network.run(for: 30_000)
    let node = network.nodes[0]
    func cost(from parent: Int) -> UInt32? {
      node.router.link(of: network.nodes[parent].address, at: 0).map { first in
        var cost = first.cost
        var position = 1
        while let link = node.router.link(of: network.nodes[parent].address, at: position) {
          cost = max(cost, link.cost)
          position += 1
        }
        return cost
      }
    }
    #expect(cost(from: 1) == Link.costMin && cost(from: 2) == Link.costMin)
    // Nothing gets beyond the first node, or even there.
    network.loss = 1000
    network.run(for: 15_000)
    #expect(cost(from: 1) ?? 0 > Link.costMin && cost(from: 2) ?? 0 > Link.costMin)
  }
}
