import Cryptography

/// Who is a neighbour of whom.
public enum Topology: Sendable {
  case line(Int)
  case ring(Int)
  case grid(width: Int, height: Int)
  /// A random tree, and `extra` more links.
  case random(Int, extra: Int)

  public var nodeCount: Int {
    switch self {
    case .line(let count), .ring(let count), .random(let count, _): count
    case .grid(let width, let height): width * height
    }
  }

  /// The pairs of neighbours; the first of a pair opens the link.
  public func edges(_ random: SeededEntropy) -> [(Int, Int)] {
    var edges: [(Int, Int)] = []
    switch self {
    case .line(let count):
      for i in 1..<count { edges.append((i, i - 1)) }
    case .ring(let count):
      for i in 0..<count { edges.append((i, (i + 1) % count)) }
    case .grid(let width, let height):
      for y in 0..<height {
        for x in 0..<width {
          if x > 0 { edges.append((y * width + x, y * width + x - 1)) }
          if y > 0 { edges.append((y * width + x, (y - 1) * width + x)) }
        }
      }
    case .random(let count, let extra):
      for i in 1..<count { edges.append((i, Int(random.random(below: UInt64(i))))) }
      var wanted = extra
      while wanted > 0 {
        let a = Int(random.random(below: UInt64(count)))
        let b = Int(random.random(below: UInt64(count)))
        if a == b || edges.contains(where: { $0 == (a, b) || $0 == (b, a) }) { continue }
        edges.append((a, b))
        wanted -= 1
      }
    }
    return edges
  }
}
