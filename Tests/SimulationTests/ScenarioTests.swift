import Simulation
import Testing

@Suite struct ScenarioTests {
  private func outcome(seed: UInt64) -> Outcome {
    var scenario = Scenario(
      "test", .random(6, extra: 3), seed: seed,
      steps: [
        .churn(permillePerMinute: 4000, seconds: 4), .quiet(seconds: 4),
        .plan(.renumber(1), seconds: 1), .run(seconds: 3), .stretch(pairs: 1),
      ])
    scenario.conditions.lossPermille = 20
    return scenario.run(scenario.makeNetwork())
  }

  @Test func `a seed decides all that happens and is found`() {
    let first = outcome(seed: 3)
    #expect(first == outcome(seed: 3))
    #expect(first.digest != outcome(seed: 4).digest)
    #expect(first.findings.map(\.name) == ["quiet under churn", "stretch"])
  }

  @Test(arguments: Catalogue.allCases)
  func `every scenario of the catalogue has steps`(entry: Catalogue) {
    let scenario = entry.scenario(.ring(100), seed: 1, warmUp: 60)
    #expect(!scenario.steps.isEmpty && scenario.name == entry.rawValue)
  }
}
