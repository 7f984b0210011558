import Cryptography

/// Who is a neighbour of whom.
public enum Topology: Sendable {
  /// A link; the first end opens it.
  public struct Edge: Equatable, Sendable {
    public var a: Int
    public var b: Int
    /// Milliseconds; nil if the shape does not say.
    public var latency: UInt64?

    public init(_ a: Int, _ b: Int, latency: UInt64? = nil) {
      self.a = a
      self.b = b
      self.latency = latency
    }
  }

  case line(Int)
  case ring(Int)
  case grid(width: Int, height: Int)
  /// A random tree, and `extra` more links.
  case random(Int, extra: Int)
  /// A neighbourhood of wifi routers: nodes in a square, linked to whom they hear, `degree` others
  /// on average; islands are joined by the shortest links that do it. 2 to 6 ms.
  case geometric(Int, degree: Int)
  /// Hubs over the old Internet (Barabási and Albert 1999): each node comes with `links` links to
  /// those that have many already. 5 to 80 ms.
  case scaleFree(Int, links: Int)
  /// Towns of `size` nodes, each a neighbourhood (2 to 6 ms); `links` long links (20 to 60 ms) join
  /// every town to ones before it.
  case towns(Int, size: Int, links: Int)

  public var nodeCount: Int {
    switch self {
    case .line(let count), .ring(let count), .random(let count, _), .geometric(let count, _),
      .scaleFree(let count, _):
      count
    case .grid(let width, let height): width * height
    case .towns(let count, let size, _): count * size
    }
  }

  /// The links.
  public func edges(_ random: SeededEntropy) -> [Edge] {
    func draw(_ bound: Int) -> Int { Int(random.random(below: UInt64(bound))) }
    var edges: [Edge] = []
    switch self {
    case .line(let count):
      for i in 1..<count { edges.append(Edge(i, i - 1)) }
    case .ring(let count):
      for i in 0..<count { edges.append(Edge(i, (i + 1) % count)) }
    case .grid(let width, let height):
      for y in 0..<height {
        for x in 0..<width {
          if x > 0 { edges.append(Edge(y * width + x, y * width + x - 1)) }
          if y > 0 { edges.append(Edge(y * width + x, (y - 1) * width + x)) }
        }
      }
    case .random(let count, let extra):
      var known: Set<Int> = []
      for i in 1..<count {
        let other = draw(i)
        edges.append(Edge(i, other))
        known.insert(other * count + i)
      }
      while edges.count < count - 1 + extra {
        let a = draw(count)
        let b = draw(count)
        guard a != b, known.insert(min(a, b) * count + max(a, b)).inserted else { continue }
        edges.append(Edge(a, b))
      }
    case .geometric(let count, let degree):
      edges = Neighbourhood(count: count, degree: degree, random).edges
    case .scaleFree(let count, let links):
      // Every end of every link once: who has many is drawn often.
      var ends: [Int] = [0]
      for i in 1..<count {
        var chosen: [Int] = []
        while chosen.count < min(links, i) {
          let other = ends[draw(ends.count)]
          if !chosen.contains(other) { chosen.append(other) }
        }
        for other in chosen {
          edges.append(Edge(i, other, latency: 5 + UInt64(draw(76))))
          ends.append(other)
          ends.append(i)
        }
      }
    case .towns(let count, let size, let links):
      var known: Set<Int> = []
      for town in 0..<count {
        for edge in Neighbourhood(count: size, degree: 5, random).edges {
          edges.append(Edge(town * size + edge.a, town * size + edge.b, latency: edge.latency))
        }
        guard town > 0 else { continue }
        for _ in 0..<links {
          let a = town * size + draw(size)
          let b = draw(town) * size + draw(size)
          guard known.insert(a * count * size + b).inserted else { continue }
          edges.append(Edge(a, b, latency: 20 + UInt64(draw(41))))
        }
      }
    }
    return edges
  }
}
