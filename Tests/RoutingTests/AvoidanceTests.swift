import Bytes
import Switching
import Testing

@testable import Routing

/// Nodes that answer, and forward nothing.
@Suite struct AvoidanceTests {
  private static let hub = 1
  private static let others = 4..<10

  /// A hub next to this node and to six others, to which there is a longer way, too.
  private func network(seed: UInt64) -> TestNetwork {
    let network = TestNetwork(seed: seed)
    network.add(10)
    network.connect(0, Self.hub)
    network.connect(0, 2)
    network.connect(2, 3)
    for other in Self.others {
      network.connect(Self.hub, other)
      network.connect(3, other)
    }
    network.run(for: 120_000)
    return network
  }

  /// To how many of the others the path of this node leads over the hub.
  private func overHub(_ network: TestNetwork) -> Int {
    let hub = network.route(0, to: Self.hub)!.label
    return Self.others.count { other in
      network.route(0, to: other).map { $0.label.routesThrough(hub) } ?? false
    }
  }

  private func avoidsHub(_ network: TestNetwork) -> Bool {
    network.nodes[0].router.table[network.index(0, of: Self.hub)].isAvoided
  }

  /// Users try to reach `count` of the others.
  private func doubt(_ network: TestNetwork, _ count: Int, from first: Int = 4) {
    for other in first..<first + count {
      network.nodes[0].router.doubt(network.route(0, to: other)!.label, at: network.now)
      network.nodes[0].router.wake(at: network.now, entropy: network.entropy)
      network.drain(0)
    }
  }

  @Test(arguments: 1...3)
  func `who forwards nothing is gone around to all, and gets another chance`(seed: UInt64) {
    let network = network(seed: seed)
    #expect(overHub(network) == 6)
    network.nodes[Self.hub].forwards = false
    doubt(network, 3)
    #expect(avoidsHub(network))
    // The other three, too, to which nobody has tried to send anything.
    network.run(for: 5000)
    #expect(overHub(network) == 0)
    #expect(network.route(0, to: Self.hub) != nil)
    network.nodes[Self.hub].forwards = true
    network.run(for: RouterLimits().avoidMilliseconds)
    #expect(!avoidsHub(network) && overHub(network) == 6)
  }

  @Test func `who forwards something is used`() {
    let network = network(seed: 4)
    doubt(network, 2)
    // Somebody behind it answers.
    let last = network.route(0, to: 9)!
    #expect(network.ask(.ping, of: last, timeout: nil, token: 1))
    network.run(for: 1000)
    // Two again, but other ones: four in all.
    doubt(network, 2, from: 6)
    #expect(!avoidsHub(network) && overHub(network) == 6)
    doubt(network, 1, from: 8)
    #expect(avoidsHub(network))
  }

  @Test func `one of many that is not reached says nothing about who leads there`() {
    let network = network(seed: 5)
    for _ in 0..<20 { doubt(network, 1) }
    #expect(!avoidsHub(network) && overHub(network) == 6)
  }

  @Test func `what comes over who was avoided brings it back at once`() {
    let network = network(seed: 6)
    let old = network.route(0, to: 9)!
    doubt(network, 3)
    #expect(avoidsHub(network))
    #expect(network.ask(.ping, of: old, timeout: nil, token: 1))
    network.run(for: 1000)
    #expect(!avoidsHub(network) && overHub(network) == 6)
  }
}
