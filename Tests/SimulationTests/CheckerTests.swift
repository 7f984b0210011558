import Bytes
import Cryptography
import Simulation
import Testing

/// That the checkers find what there is to be found, and that small networks are as they should be.
@Suite struct CheckerTests {
  @Test func `quantiles are values that occur`() {
    let values = Distribution([5, 1, 4, 2, 3])
    #expect(values.median == 3 && values.largest == 5)
    #expect(values.quantile(permille: 990) == 5 && values.quantile(permille: 200) == 1)
    #expect(values.permille(atMost: 2) == 400)
    #expect(Distribution([]).median == nil)
    #expect(Measurement("x", 3, goal: .atMost(3)).isGood)
    #expect(!Measurement("x", 3, goal: .atMost(2)).isGood)
    #expect(!Measurement("x", 3, goal: .atLeast(4)).isGood)
  }

  @Test func `in a small network all pairs reach each other soon, over short paths`() {
    let network = Network(.scaleFree(20, links: 2), seed: 1)
    network.run(for: 8000)
    let reachability = Reachability(pairCount: 20, window: 4000, seed: 1).check(network)
    #expect(reachability.pairCount == 20 && reachability.soonCount == 20)
    #expect(reachability.times.largest ?? .max <= 2000)
    var checker = Stretch(pairs: reachability.pairs)
    checker.talk = 3000
    let stretch = checker.check(network)
    #expect(stretch.lostCount == 0 && stretch.hops.count == 20)
    #expect(stretch.hops.median ?? .max <= 1050)
    #expect(stretch.hops.values.allSatisfy { $0 >= 1000 })
    #expect(stretch.milliseconds.values.allSatisfy { $0 >= 1000 })
  }

  @Test func `who is behind a link that lets nothing through is missed`() {
    let network = Network(.line(4), seed: 2)
    network.setConditions(1, 2, LinkConditions(lossPermille: 1000))
    var checker = Reachability(pairCount: 20, window: 1000, seed: 2)
    checker.patience = 3000
    let result = checker.check(network)
    let across = result.pairs.count { ($0.from < 2) != ($0.to < 2) }
    #expect(across > 0 && across < 20)
    #expect(result.missed.count == across && result.reachedCount == 20 - across)
  }

  @Test func `pairs without a path, or of which one goes off, do not count`() {
    let network = Network(.line(4), seed: 3)
    network.setLink(1, 2, up: false)
    network.run(for: 3000)
    network.setConditions(2, 3, LinkConditions(lossPermille: 1000))
    network.plan(.stop(3), in: 500)
    var checker = Reachability(pairCount: 20, window: 1000, seed: 3)
    checker.patience = 3000
    let result = checker.check(network)
    #expect(result.pairCount > 0 && result.pairCount < 20)
    #expect(result.reachedCount == result.pairCount)
    #expect(result.pairs.allSatisfy { ($0.from < 2) == ($0.to < 2) })
  }

  @Test func `a network at rest is quiet`() {
    let network = Network(.grid(width: 4, height: 2), seed: 4)
    network.run(for: 8000)
    let result = Quiet(seconds: 5).check(network)
    #expect(result.nodeSeconds == 40)
    #expect(result.searchCount == 0 && result.maintenanceCount > 0)
    #expect(result.milliqueries <= 1100)
  }

  @Test(arguments: Healing.Cause.allCases)
  func `traffic finds another way`(cause: Healing.Cause) {
    let network = Network(.grid(width: 3, height: 3), seed: 5)
    network.run(for: 8000)
    var healing = Healing(cause, roundCount: 1, pairCount: 3, seed: 5)
    healing.settle = 2000
    healing.rest = 0
    let result = healing.check(network)
    #expect(result.gaps.count > 0 && result.lostCount == 0)
    #expect(result.gaps.largest ?? .max <= 8_000)
  }

  @Test func `halves that come together talk again`() {
    let network = Network(.towns(2, size: 5, links: 2), seed: 6)
    network.run(for: 5000)
    var division = Division(
      isFirst: network.nodes.indices.map { $0 < 5 }, seconds: 8, pairCount: 2, seed: 6)
    division.settle = 1000
    let result = division.check(network)
    #expect(result.gaps.count == 4 && result.lostCount == 0)
    #expect(result.gaps.values.allSatisfy { $0 > 0 && $0 <= 8_000 })
    #expect(result.withinPermille > 900)
  }
}
