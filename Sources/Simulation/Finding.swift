/// What a step of a scenario found.
public struct Finding: Equatable, Sendable {
  public var name: String
  public var measurements: [Measurement]

  public init(_ name: String, _ measurements: [Measurement]) {
    self.name = name
    self.measurements = measurements
  }

  public init(_ name: String, _ result: Reachability.Result, soonPermille: Double?) {
    let share = { (count: Int, all: Int) in all == 0 ? nil : Double(count) * 100 / Double(all) }
    self.init(
      name,
      [
        Measurement("pairs", result.pairCount),
        Measurement("beyond 59 bits", share(result.beyondCount, result.connectedCount), "%"),
        Measurement(
          "within 2 s", share(result.soonCount, result.soonPairCount), "%",
          goal: soonPermille.map { .atLeast($0 / 10) }),
        Measurement(
          "within 2 s, up to 40 bits", share(result.soonNearCount, result.soonNearPairCount), "%"),
        Measurement("ever", share(result.reachedCount, result.pairCount), "%"),
        Measurement("first delivery, median", result.times.median, "ms"),
        Measurement("first delivery, 99 %", result.times.quantile(permille: 990), "ms"),
      ])
  }

  public init(_ name: String, _ result: Stretch.Result) {
    self.init(
      name,
      [
        Measurement("paths", result.hops.count),
        Measurement("shortest hops, median", result.shortestHops.median),
        Measurement("hops, median", result.hops.median, "x", per: 1000, goal: .atMost(1.05)),
        Measurement(
          "hops, 99 %", result.hops.quantile(permille: 990), "x", per: 1000, goal: .atMost(1.6)),
        Measurement(
          "latency, median", result.milliseconds.median, "x", per: 1000, goal: .atMost(1.1)),
        Measurement(
          "latency, 99 %", result.milliseconds.quantile(permille: 990), "x", per: 1000,
          goal: .atMost(1.6)),
        Measurement(
          "hops, 99 %, of any path", result.hopsOfAll.quantile(permille: 990), "x", per: 1000),
        Measurement(
          "latency, 99 %, of any path", result.millisecondsOfAll.quantile(permille: 990), "x",
          per: 1000),
        Measurement("label bits, median", result.labelBits.median),
        Measurement("label bits, 99 %", result.labelBits.quantile(permille: 990)),
        Measurement("lost", result.lostCount),
      ])
  }

  public init(_ name: String, _ result: Quiet.Result, isIdle: Bool) {
    let seconds = Double(max(1, result.nodeSeconds))
    self.init(
      name,
      [
        Measurement("maintenance queries", Double(result.maintenanceCount) / seconds, "/s"),
        Measurement("search queries", Double(result.searchCount) / seconds, "/s"),
        Measurement(
          "queries", result.milliqueries, "/s", per: 1000, goal: isIdle ? .atMost(0.5) : nil),
        Measurement(
          "queries of the busiest", result.queriesOfNodes.largest, "/s",
          per: Double(max(1, result.seconds))),
        Measurement("on links", result.bytesPerSecond, "B/s"),
      ])
  }

  public init(_ name: String, _ result: Healing.Result) {
    self.init(name, gaps: result.gaps, lostCount: result.lostCount, [])
  }

  public init(_ name: String, _ result: Division.Result) {
    self.init(
      name, gaps: result.gaps, lostCount: result.lostCount,
      [Measurement("delivered within halves", Double(result.withinPermille) / 10, "%")])
  }

  public init(_ name: String, _ result: Betrayal.Result) {
    let shares = result.reachability.map { round in
      round.soonPairCount == 0 ? 100 : Double(round.soonCount) * 100 / Double(round.soonPairCount)
    }
    let all = result.reachability.reduce(into: (soon: 0, soonPairs: 0, ever: 0, pairs: 0)) {
      $0.soon += $1.soonCount
      $0.soonPairs += $1.soonPairCount
      $0.ever += $1.reachedCount
      $0.pairs += $1.pairCount
    }
    let share = { (count: Int, all: Int) in all == 0 ? nil : Double(count) * 100 / Double(all) }
    self.init(
      name,
      [
        Measurement("pairs of others", all.pairs),
        Measurement("within 2 s", share(all.soon, all.soonPairs), "%"),
        // A hundredth less than without.
        Measurement("within 2 s, worst node", shares.min(), "%", goal: .atLeast(98.9)),
        Measurement("ever", share(all.ever, all.pairs), "%"),
        Measurement("lies, or frames dropped", result.betrayalCount),
      ])
  }

  private init(
    _ name: String, gaps: Distribution, lostCount: Int, _ more: [Measurement]
  ) {
    self.init(
      name,
      [
        Measurement("flows", gaps.count),
        Measurement("gap, median", gaps.median, "ms", goal: .atMost(1000)),
        Measurement("gap, 99 %", gaps.quantile(permille: 990), "ms", goal: .atMost(3000)),
        Measurement("not healed", lostCount),
      ] + more)
  }
}
