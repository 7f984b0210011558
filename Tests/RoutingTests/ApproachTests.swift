import Bytes
import Switching
import Testing

@testable import Routing

/// Ways into a node over other neighbours of it, asked for because those that are known are of no
/// use.
@Suite struct ApproachTests {
  /// A ring of six, of which node 0 knows both ways to node 2, or only the shorter one and the
  /// first half of the other.
  private func ring(seed: UInt64, knowsAll: Bool) -> TestNetwork {
    let network = TestNetwork(seed: seed)
    network.add(6)
    for i in 0..<6 { network.connect(i, (i + 1) % 6) }
    if knowsAll {
      network.run(for: 60_000)
    } else {
      network.run(for: 60_000) { network.route(0, to: 2) != nil && network.route(0, to: 4) != nil }
    }
    return network
  }

  private func approach(_ network: TestNetwork) -> Label? {
    guard let known = network.route(0, to: 2) else { return nil }
    network.nodes[0].router.approach(
      known, around: [known.label], at: network.now, entropy: network.entropy)
    network.drain(0)
    return other(network, than: known.label)
  }

  /// Another path to node 2 than `known` that answers within half a second.
  private func other(_ network: TestNetwork, than known: Label) -> Label? {
    let address = network.nodes[2].address
    network.nodes[0].answeredLabels[address] = known
    network.run(for: 500) { network.nodes[0].answeredLabels[address] != known }
    let label = network.nodes[0].answeredLabels[address]
    return label == known ? nil : label
  }

  @Test(arguments: 1...5 as ClosedRange<UInt64>, [true, false])
  func `the other way around a ring is found and proven`(seed: UInt64, knowsAll: Bool) throws {
    let network = ring(seed: seed, knowsAll: knowsAll)
    #expect((network.route(0, to: 3) != nil) == knowsAll)
    let label = try #require(approach(network))
    #expect(network.end(of: label, from: 0) == 2)
    let first = try #require(network.route(0, to: 5))
    #expect(label.routesThrough(first.label))
  }

  @Test func `nobody else asks for such a way`() throws {
    let network = ring(seed: 1, knowsAll: false)
    let known = try #require(network.route(0, to: 2))
    #expect(other(network, than: known.label) == nil)
  }

  @Test func `who lists strangers without end costs a bounded number of questions`() throws {
    let network = ring(seed: 2, knowsAll: true)
    let known = try #require(network.route(0, to: 2))
    for node in network.nodes.dropFirst() {
      node.liar = { answer, _ in
        answer.nodes = (0..<8).map {
          ListedNode(
            key: network.makeKey(), label: answer.scheme.label(slot: 2 + $0)!, version: 21)
        }
        return answer.encoded
      }
    }
    let before = network.nodes[0].router.counters.askedQueries
    network.nodes[0].router.approach(
      known, around: [known.label], at: network.now, entropy: network.entropy)
    network.drain(0)
    network.run(for: 20_000)
    #expect((2...3).contains(network.nodes[0].router.counters.askedQueries - before))
  }
}
