import Simulation
import Testing

/// That nodes with the original's habits form networks, and in which way those are worse.
@Suite struct RulesTests {
  private func network(_ rules: Rules, _ topology: Topology, seed: UInt64) -> Network {
    var scenario = Scenario("test", topology, seed: seed, steps: [])
    scenario.rules = rules
    return scenario.makeNetwork()
  }

  @Test func `six nodes by the original's rules are never quiet`() {
    let network = network(.original, .random(6, extra: 1), seed: 1)
    network.run(for: 20_000)
    let result = Quiet(seconds: 15).check(network)
    // It was seen to send 2.7.
    #expect((2300...3200).contains(result.milliqueries))
  }

  @Test(arguments: Rules.allCases)
  func `neighbours and their neighbours are found`(rules: Rules) {
    let network = network(rules, .line(4), seed: 2)
    network.run(for: 20_000)
    var checker = Reachability(pairCount: 8, window: 4000, seed: 2)
    // Keys that only one side holds are given up after a minute, if nothing is done about silence.
    checker.patience = 70_000
    let result = checker.check(network)
    #expect(result.pairCount == 8 && result.reachedCount == 8)
  }

  @Test func `by the original's rules silence is endured`() {
    for (rules, isHealed) in [(Rules.ours, true), (.original, false)] {
      let network = network(rules, .ring(5), seed: 3)
      network.run(for: 20_000)
      let deliveries = network.nodes[2]
      for _ in 0..<20 {
        network.send(from: 0, to: 2, payload: [1])
        network.run(for: 100)
      }
      #expect(!deliveries.deliveries.isEmpty)
      network.stop(1)
      deliveries.deliveries.removeAll()
      for _ in 0..<30 {
        network.send(from: 0, to: 2, payload: [1])
        network.run(for: 100)
      }
      #expect(deliveries.deliveries.isEmpty != isHealed)
    }
  }
}
