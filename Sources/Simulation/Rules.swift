import Node
import Routing

/// By which rules the nodes of a simulation route.
public enum Rules: String, Sendable, CaseIterable {
  /// Those that ship.
  case ours
  /// All habits of the original at once (`RoutingHabits`), and as many nodes and packets as it
  /// keeps.
  case original
  /// Ours, with one habit of the original.
  case search, cost, janitor, sessions, packets

  private var habits: RoutingHabits {
    switch self {
    case .ours: []
    case .original: .all
    case .search: .search
    case .cost: .cost
    case .janitor: .janitor
    case .sessions: .sessions
    case .packets: .packets
    }
  }

  func apply(to options: inout NodeOptions) {
    let habits = habits
    options.router.habits = habits
    if habits.contains(.search) {
      options.router.searchParallelMax = 1
      options.router.searchCountMax = 30
      // As many as it may ask.
      options.router.searchCandidateCountMax = 20
    }
    if habits.contains(.janitor) {
      options.router.nodeCountMax = 128
      options.router.linkCountPerNodeMax = 4096
      // Who cannot be reached makes room, but is not forgotten otherwise.
      options.router.lostNodeMilliseconds = 86_400_000
      // Queries may wait for an answer for half a minute.
      options.router.transactionCountMax = 256
    }
    if habits.contains(.packets) {
      options.limits.waitingCountMax = 30
      options.limits.waitingCountMaxPerDestination = 1
    }
  }
}
