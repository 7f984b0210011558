import Simulation

/// Topologies by name.
enum Shape: String, CaseIterable {
  case geometric
  case scaleFree = "scale-free"
  case towns
  case line
  case ring
  case grid
  case random

  func topology(nodeCount: Int) -> Topology {
    switch self {
    case .geometric: .geometric(nodeCount, degree: 6)
    case .scaleFree: .scaleFree(nodeCount, links: 2)
    case .towns: towns(nodeCount)
    case .line: .line(nodeCount)
    case .ring: .ring(nodeCount)
    case .grid: grid(nodeCount)
    case .random: .random(nodeCount, extra: nodeCount / 2)
    }
  }

  /// Ten towns, or more of a hundred nodes each.
  private func towns(_ nodeCount: Int) -> Topology {
    let count = max(2, nodeCount <= 1000 ? min(10, nodeCount / 5) : nodeCount / 100)
    return .towns(count, size: max(1, nodeCount / count), links: 3)
  }

  /// As square as it gets with at most so many nodes.
  private func grid(_ nodeCount: Int) -> Topology {
    var width = 1
    while (width + 1) * (width + 1) <= nodeCount { width += 1 }
    return .grid(width: width, height: nodeCount / width)
  }
}
