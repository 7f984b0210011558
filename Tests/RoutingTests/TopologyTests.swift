import Bytes
import Cryptography
import Switching
import Testing

@testable import Routing

/// Who is joined with whom. A line of 15 is the longest that labels of 59 bits can express.
enum Topology: String, CaseIterable, CustomTestStringConvertible {
  case line8, line15, ring12, star40, grid25, random30, tree31

  var testDescription: String { rawValue }

  var count: Int {
    switch self {
    case .line8: 8
    case .line15: 15
    case .ring12: 12
    case .star40: 41
    case .grid25: 25
    case .random30: 30
    case .tree31: 31
    }
  }

  func build(_ network: TestNetwork) {
    network.add(count)
    switch self {
    case .line8, .line15: for i in 1..<count { network.connect(i - 1, i) }
    case .ring12: for i in 0..<count { network.connect(i, (i + 1) % count) }
    case .star40: for i in 1..<count { network.connect(0, i) }
    case .grid25:
      for i in 0..<count {
        if i % 5 != 4 { network.connect(i, i + 1) }
        if i < 20 { network.connect(i, i + 5) }
      }
    case .random30:
      for i in 1..<count { network.connect(i, Int(network.entropy.random(below: UInt64(i)))) }
      for _ in 0..<15 {
        let a = Int(network.entropy.random(below: 30))
        let b = Int(network.entropy.random(below: 30))
        if a != b, !network.nodes[a].wires.values.contains(where: { $0.node == b }) {
          network.connect(a, b)
        }
      }
    case .tree31: for i in 1..<count { network.connect((i - 1) / 2, i) }
    }
  }
}

@Suite struct TopologyTests {
  /// Searches every pair; fails with the first few pairs that are not found.
  private func expectAllPairs(_ network: TestNetwork, _ name: String, stride: Int) {
    var failed = 0
    var pairs = 0
    var queriesMax: UInt64 = 0
    var queries: UInt64 = 0
    var millisecondsMax: UInt64 = 0
    for a in network.nodes.indices {
      for b in network.nodes.indices where a != b && (a + b) % stride == 0 {
        let result = network.search(a, for: b)
        pairs += 1
        queries += result.queries
        queriesMax = max(queriesMax, result.queries)
        millisecondsMax = max(millisecondsMax, result.milliseconds)
        let label = network.nodes[a].answeredLabels[network.nodes[b].address]
        let end = label.flatMap { network.end(of: $0, from: a) }
        if !result.found || end != b {
          failed += 1
          if failed < 5 { Issue.record("\(name): \(a) does not find \(b)") }
        }
        #expect(result.queries <= 20)
      }
    }
    #expect(failed == 0)
    print(
      "\(name): \(pairs) pairs, \(queries) queries, at most \(queriesMax) for one,",
      "at most \(millisecondsMax) ms, up since \(network.now.milliseconds) ms")
    for node in network.nodes {
      #expect(node.badLabels == 0)
      #expect(node.largestMessage < 500)
    }
  }

  @Test(arguments: Topology.allCases)
  func `every node finds every other two seconds after the start`(topology: Topology) {
    let network = TestNetwork(seed: 1)
    topology.build(network)
    network.run(for: 2000)
    expectAllPairs(network, "\(topology)", stride: topology.count > 20 ? 7 : 1)
  }

  @Test(arguments: [.line8, .ring12] as [Topology])
  func `an idle network is quiet, and still knows its ways`(topology: Topology) {
    let network = TestNetwork(seed: 2)
    topology.build(network)
    network.run(for: 400_000)
    let before = network.maintenanceQueries
    network.run(for: 120_000)
    let perMinute = Int(network.maintenanceQueries - before) / network.nodes.count / 2
    print("\(topology): \(perMinute) queries per minute and node when idle")
    #expect(perMinute <= 30)
    var missing = 0
    for a in network.nodes.indices {
      for b in network.nodes.indices where a != b {
        guard let route = network.nodes[a].router.route(to: network.nodes[b].address) else {
          missing += 1
          continue
        }
        #expect(network.end(of: route.label, from: a) == b)
      }
    }
    #expect(missing == 0)
  }
}
