/// The scenarios that have a name.
public enum Catalogue: String, Sendable, CaseIterable {
  /// Rest, pairs that have never talked, their paths, links that fail.
  case standard
  /// Pairs that have never talked, two seconds after all nodes started.
  case cold
  /// A tenth of the nodes goes off in each minute.
  case churn
  /// Links on paths in use are cut.
  case links
  /// Nodes on paths in use go off.
  case nodes
  /// Hubs go off.
  case hubs
  /// Hubs restart with other slots.
  case renumbering
  /// Two halves are apart for a minute.
  case partition
  /// A node's router lies to whoever asks.
  case liar
  /// A node does not forward what it should.
  case blackhole
  /// Nothing happens.
  case idle
  /// All of these, one after another in one network, from what disturbs few to what disturbs most,
  /// with two minutes' rest between some.
  case all

  /// One line for the help text.
  public var summary: String {
    switch self {
    case .standard: "rest, pairs that have never talked, their paths, links that fail"
    case .cold: "pairs that have never talked, two seconds after all nodes started"
    case .churn: "a tenth of the nodes goes off in each minute"
    case .links: "links on paths in use are cut"
    case .nodes: "nodes on paths in use go off"
    case .hubs: "hubs go off"
    case .renumbering: "hubs restart with other slots"
    case .partition: "two halves are apart for a minute"
    case .liar: "a node's router lies to whoever asks"
    case .blackhole: "a node does not forward users' packets, or nothing at all"
    case .idle: "nothing happens"
    case .all: "all of these, one after another in one network"
    }
  }

  /// The scenario in a network of that shape, which runs for `warmUp` seconds first.
  public func scenario(_ topology: Topology, seed: UInt64, warmUp: Int) -> Scenario {
    let count = topology.nodeCount
    let pairs = min(3000, max(200, 3 * count))
    let few = max(6, count / 20)
    // A hub is on the path of some of so many.
    let many = max(8, count / 4)
    let rounds = max(4, min(8, 60 / few))
    let links = Scenario.Step.healing(.link, rounds: rounds, pairs: few)
    let nodes = Scenario.Step.healing(.node, rounds: rounds, pairs: few)
    let hubs = Scenario.Step.healing(.hub, rounds: 5, pairs: many)
    let renumbering = Scenario.Step.healing(.renumbering, rounds: 5, pairs: many)
    let division = Scenario.Step.division(seconds: 60, pairs: few * 2)
    let measured: [Scenario.Step] = [
      .quiet(seconds: 60), .reachability(pairs: pairs), .stretch(pairs: 2 * count), links,
    ]
    func betrayal(_ behaviour: Behaviour) -> Scenario.Step {
      .betrayal(behaviour, rounds: 2, pairs: min(1000, max(200, count)))
    }
    let churn: [Scenario.Step] = [
      .churn(permillePerMinute: 100, seconds: 300), .run(seconds: 60), .quiet(seconds: 60),
      .reachability(pairs: pairs), .run(seconds: 90),
    ]
    let cold: [Scenario.Step] = [.run(seconds: 2), .reachability(pairs: pairs)]
    let warm = Scenario.Step.run(seconds: warmUp)
    // What comes next is not to measure what was before.
    let rest = Scenario.Step.run(seconds: 120)
    let steps =
      switch self {
      case .standard: [warm] + measured
      case .cold: cold
      case .churn: [warm] + churn
      case .links: [warm, links]
      case .nodes: [warm, nodes]
      case .hubs: [warm, hubs]
      case .renumbering: [warm, renumbering]
      case .partition: [warm, division]
      case .liar: [warm, betrayal(.liar)]
      case .blackhole: [warm, betrayal(.dropsData), betrayal(.dropsAll)]
      case .idle: [warm]
      case .all:
        cold + [warm] + measured
          + [betrayal(.dropsAll), rest, betrayal(.dropsData), rest, betrayal(.liar), rest] + churn
          + [rest, nodes, hubs, renumbering, division]
      }
    return Scenario(rawValue, topology, seed: seed, steps: steps)
  }
}
