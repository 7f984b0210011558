import Node

/// By which rules the nodes of a simulation route.
public enum Rules: String, Sendable, CaseIterable {
  /// Those that ship.
  case ours

  func apply(to options: inout NodeOptions) {
    switch self {
    case .ours: break
    }
  }
}
