import Bytes
import Cryptography
import Switching
import Testing

@testable import Routing

@Suite struct ChangeTests {
  /// All nodes from the one at `index` that are in its table with a path that leads there.
  private func known(_ network: TestNetwork, _ index: Int) -> Set<Int> {
    var known: Set<Int> = []
    for i in network.nodes.indices where i != index {
      if let route = network.route(index, to: i),
        network.end(of: route.label, from: index) == i
      {
        known.insert(i)
      }
    }
    return known
  }

  @Test func `another way is taken when a link is gone`() {
    let network = TestNetwork(seed: 5)
    network.add(6)
    for i in 0..<6 { network.connect(i, (i + 1) % 6) }
    network.run(for: 30_000)
    let old = network.route(0, to: 2)
    network.disconnect(1, 2)
    // A packet on the old way, as a session would send it, brings a complaint.
    let first = network.search(0, for: 2)
    #expect(first.found)
    #expect(first.milliseconds <= 3000)
    network.run(for: 20_000)
    let new = network.route(0, to: 2)
    #expect(new != nil && new?.label != old?.label)
    #expect(new.map { network.end(of: $0.label, from: 0) } == 2)
    #expect(network.nodes[0].deadReports > 0)
  }

  @Test func `a network that falls apart forgets the rest, and grows together again`() {
    let network = TestNetwork(seed: 6)
    network.add(8)
    for i in 1..<8 { network.connect(i - 1, i) }
    network.run(for: 20_000)
    #expect(known(network, 0).count == 7)
    network.disconnect(3, 4)
    network.run(for: 400_000)
    #expect(known(network, 0) == [1, 2, 3])
    #expect(network.nodeCount(0) == 3)
    network.connect(3, 4, slotA: 9, slotB: 5)
    network.run(for: 2000)
    let merged = network.search(0, for: 7)
    #expect(merged.found)
    #expect(network.search(7, for: 0).found)
  }

  @Test func `a hub that numbers its peers anew is understood`() {
    let network = TestNetwork(seed: 7)
    network.add(12)
    for i in 1..<12 { network.connect(0, i) }
    network.run(for: 60_000)
    #expect(known(network, 1).count == 11)
    for i in 1..<12 { network.disconnect(0, i) }
    network.restart(0)
    for i in 1..<12 { network.connect(0, 12 - i) }
    network.run(for: 2000)
    for target in 2..<12 {
      let result = network.search(1, for: target)
      #expect(result.found, "\(target)")
      let label = network.nodes[1].answeredLabels[network.nodes[target].address]
      #expect(label.flatMap { network.end(of: $0, from: 1) } == target)
    }
    network.run(for: 60_000)
    #expect(known(network, 1).count == 11)
  }

  @Test(arguments: [20, 200])
  func `a peer whose place for us is not known yet is passed with a director of any width`(
    slot: Int
  ) {
    let network = TestNetwork(seed: 12)
    network.add(7)
    for i in 1..<6 { network.connect(0, i) }
    network.connect(1, 6)
    network.run(for: 60_000)
    #expect(known(network, 6).count == 6)
    // It was known before, by way of node 1, and has told whom it has.
    network.connect(6, 0, slotB: slot)
    #expect(network.route(6, to: 0)?.label.bitCount == 4)
    #expect(known(network, 6).count == 6)
    network.run(for: 1000)
    #expect(known(network, 6).count == 6)
    let width = slot < 33 ? 7 : 10
    #expect(network.route(6, to: 2)?.label.bitCount == 4 + width)
  }

  @Test func `a hub far away that numbers its peers anew costs no more than its own links`() {
    let network = TestNetwork(seed: 8)
    network.add(9)
    network.connect(0, 1)
    for i in 2..<9 { network.connect(1, i) }
    network.run(for: 60_000)
    #expect(known(network, 0).count == 8)
    // Slots change while nobody at node 0 is told.
    for i in 2..<9 { network.disconnect(1, i) }
    for i in 2..<9 { network.connect(1, 10 - i) }
    for i in 2..<9 {
      let result = network.search(0, for: i)
      #expect(result.found, "\(i)")
    }
    network.run(for: 200_000)
    #expect(known(network, 0).count == 8)
  }

  @Test func `loss delays, but hides nobody`() {
    let network = TestNetwork(seed: 9)
    network.loss = 30
    network.add(8)
    for i in 1..<8 { network.connect(i - 1, i) }
    network.run(for: 60_000)
    for i in 1..<8 {
      let isFound = network.search(0, for: i).found || network.search(0, for: i).found
      #expect(isFound, "\(i)")
    }
  }

  @Test func `a search for nobody ends, and costs no more than allowed`() {
    let network = TestNetwork(seed: 10)
    Topology.ring12.build(network)
    network.run(for: 30_000)
    let stranger = network.makeKey().address
    let node = network.nodes[0]
    node.router.search(
      for: stranger, token: 7, requestCountMax: 5, at: network.now, entropy: network.entropy)
    node.router.search(for: stranger, token: 8, at: network.now, entropy: network.entropy)
    network.drain(0)
    network.run(for: 30_000) { !node.ended.isEmpty }
    #expect(node.ended.map { $0.found } == [false])
    // The last of the five was for the target, which nobody knows.
    #expect(node.router.counters.searchQueries == 4)
    #expect(node.done == [7, 8])
    #expect(node.steps == 8)
    #expect(node.router.searchCount == 0)
  }

  @Test func `the last queries of a search are for its target`() {
    let network = TestNetwork(seed: 12)
    network.add(9)
    let target = network.nodes[0].address
    let search = Search(
      id: 1, target: target, requestCount: 10, knownCount: 0, limits: RouterLimits())
    func add(_ number: Int) {
      let node = network.nodes[number]
      let label = Label(UInt64(0x13 + 2 * number))
      search.add(
        SearchCandidate(
          route: Route(key: node.key, address: node.address, version: 21, label: label),
          distance: Distance(target, node.address), parent: nil, label: .unknown))
    }
    for number in 1..<9 { add(number) }
    while search.next(at: network.now) != nil { search.waits.removeAll() }
    #expect(search.requestCount == 2 && search.isExhausted)
    add(0)
    #expect(!search.isExhausted)
    #expect(search.next(at: network.now)?.route.address == target)
  }

  @Test func `an empty table ends a search at once`() {
    let network = TestNetwork(seed: 11)
    network.add(2)
    #expect(!network.search(0, for: 1).found)
    #expect(network.now.milliseconds == 1000)
  }

  @Test func `a question is answered or not, once`() {
    let network = TestNetwork(seed: 12)
    network.add(3)
    network.connect(0, 1)
    network.connect(1, 2)
    network.run(for: 5000)
    let node = network.nodes[0]
    let route = network.route(0, to: 2)!
    #expect(network.ask(.peers(from: .here), of: route, timeout: nil, token: 1))
    network.run(for: 100)
    network.nodes[2].isSilent = true
    #expect(network.ask(.ping, of: route, timeout: 700, token: 2))
    network.run(for: 2000)
    #expect(node.asked.map { $0.token } == [1, 2])
    #expect(
      node.asked.first?.nodes?.map { $0.address }
        == [network.nodes[1], network.nodes[2]].map { $0.address })
    #expect(node.asked.last?.nodes == nil)
    for label in [Label.unknown, .here, .unreachable] {
      #expect(!network.ask(.ping, of: route.along(label), timeout: nil, token: 3))
    }
  }

  @Test func `of nodes that are asked at once the nearest is the first`() {
    let network = TestNetwork(seed: 42)
    network.add(7)
    for i in 1..<7 { network.connect(i - 1, i) }
    network.run(for: 60_000)
    // Known last of all, and now the nearest.
    network.connect(0, 6)
    network.run(for: 60_000)
    let far = network.index(0, of: 3)
    let near = network.index(0, of: 6)
    let table = network.nodes[0].router.table
    #expect(far < near && table[near].cost < table[far].cost)
    for index in [far, near] { network.nodes[0].router.plan(table[index], readAt: Router.urgent) }
    network.nodes[0].router.wake(at: network.now, entropy: network.entropy)
    var asked: [Int] = []
    while let effect = network.nodes[0].router.takeEffect() {
      if case .send(_, let route, true) = effect,
        let index = network.nodes[0].router.table.index(of: route.address)
      {
        asked.append(index)
      }
    }
    #expect(asked.prefix(2) == [near, far])
  }
}
