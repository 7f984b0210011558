import Bytes
import Cryptography
import Node
import Routing

/// A network and what happens to it, step after step.
public struct Scenario: Sendable {
  public enum Step: Equatable, Sendable {
    /// It runs.
    case run(seconds: Int)
    case quiet(seconds: Int)
    case reachability(pairs: Int)
    /// Of the pairs of the last reachability, at most so many.
    case stretch(pairs: Int)
    case healing(Healing.Cause, rounds: Int, pairs: Int)
    case division(seconds: Int, pairs: Int)
    /// One node betrays the others.
    case betrayal(Behaviour, rounds: Int, pairs: Int)
    /// From now on, while the steps that follow run, so many thousandths of the nodes go off in
    /// each minute, for half a minute each.
    case churn(permillePerMinute: Int, seconds: Int)
    /// Something happens later, while the steps that follow run.
    case plan(Disturbance, seconds: Int)

    /// A word or two for who watches.
    public var name: String {
      switch self {
      case .run: "running"
      case .quiet: "quiet"
      case .reachability: "reachability"
      case .stretch: "stretch"
      case .healing(let cause, _, _): "healing, \(cause.rawValue)"
      case .division: "healing, merge"
      case .betrayal(let behaviour, _, _): "one node: \(behaviour.rawValue)"
      case .churn: "churn"
      case .plan: "disturbance"
      }
    }
  }

  public var name: String
  public var topology: Topology
  public var seed: UInt64
  public var conditions = LinkConditions()
  public var rules = Rules.ours
  /// Nodes that a table holds, those of direct peers not counted; nil for as many as by the rules.
  public var tableNodeCount: Int?
  public var scale = Network.Scale.together(frameCount: 65_535)
  public var steps: [Step]

  public init(_ name: String, _ topology: Topology, seed: UInt64, steps: [Step]) {
    self.name = name
    self.topology = topology
    self.seed = seed
    self.steps = steps
  }

  /// The network before the first step.
  public func makeNetwork() -> Network {
    Network(topology, seed: seed, scale: scale, conditions: conditions) { _ in
      var options = NodeOptions()
      rules.apply(to: &options)
      if let tableNodeCount { options.router.nodeCountMax = tableNodeCount }
      return options
    }
  }

  /// Runs all steps; `began` is told of each. `network` is what `makeNetwork` made.
  public func run(_ network: Network, began: (Step) -> Void = { _ in }) -> Outcome {
    var outcome = Outcome()
    outcome.linkCount = network.links.count
    let start = network.now
    var pairs: [Pair] = []
    var churnEnd = network.now
    for step in steps {
      began(step)
      let isChurning = network.now < churnEnd
      let suffix = isChurning ? " under churn" : ""
      switch step {
      case .run(let seconds): network.run(for: UInt64(seconds) * 1000)
      case .quiet(let seconds):
        let result = Quiet(seconds: seconds).check(network)
        outcome.findings.append(Finding(step.name + suffix, result, isIdle: !isChurning))
      case .reachability(let pairCount):
        // Who has just started has no table yet.
        let isCold = network.now.since(start) < 30_000
        let result = Reachability(pairCount: pairCount, seed: seed).check(network)
        pairs = result.pairs
        outcome.findings.append(
          Finding(
            step.name + (isCold ? ", cold" : suffix), result,
            soonPermille: isCold ? nil : isChurning ? 990 : 999))
      case .stretch(let pairCount):
        let result = Stretch(pairs: Array(pairs.prefix(pairCount))).check(network)
        outcome.findings.append(Finding(step.name + suffix, result))
      case .healing(let cause, let rounds, let pairs):
        let result = Healing(cause, roundCount: rounds, pairCount: pairs, seed: seed)
          .check(network)
        outcome.findings.append(Finding(step.name + suffix, result))
      case .division(let seconds, let pairCount):
        let result = Division(
          isFirst: firstHalf(network), seconds: seconds, pairCount: pairCount, seed: seed
        ).check(network)
        outcome.findings.append(Finding(step.name + suffix, result))
      case .betrayal(let behaviour, let rounds, let pairs):
        let result = Betrayal(behaviour, roundCount: rounds, pairCount: pairs, seed: seed)
          .check(network)
        outcome.findings.append(Finding(step.name + suffix, result))
      case .churn(let permille, let seconds):
        churnEnd = network.now + UInt64(seconds) * 1000
        planChurn(network, permillePerMinute: permille, seconds: seconds)
      case .plan(let disturbance, let seconds):
        network.plan(disturbance, in: UInt64(seconds) * 1000)
      }
    }
    outcome.digest = network.digest
    outcome.frameCount = network.frameCount
    outcome.milliseconds = network.now.since(start)
    return outcome
  }

  /// Towns are divided between towns.
  private func firstHalf(_ network: Network) -> [Bool] {
    guard case .towns(let count, let size, _) = topology, count > 1 else {
      return Division.near(network)
    }
    return network.nodes.indices.map { $0 < count / 2 * size }
  }

  private func planChurn(_ network: Network, permillePerMinute: Int, seconds: Int) {
    let random = SeededEntropy(seed: seed ^ 0x6368_7572_6e)
    let off: UInt64 = 30_000
    let count = network.nodes.count * permillePerMinute * seconds / 60_000
    var isFreeFrom = [UInt64](repeating: 0, count: network.nodes.count)
    for i in 0..<count {
      let time = UInt64(seconds) * 1000 * UInt64(i) / UInt64(count)
      let number = Int(random.random(below: UInt64(network.nodes.count)))
      guard isFreeFrom[number] <= time else { continue }
      isFreeFrom[number] = time + 2 * off
      network.plan(.stop(number), in: time)
      network.plan(.start(number), in: time + off)
    }
  }
}
