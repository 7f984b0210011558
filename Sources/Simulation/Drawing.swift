/// Pictures of a network.
public enum Drawing {
  /// For Graphviz.
  public static func dot(_ network: Network) -> String {
    var text = "graph network {\n  node [shape=point]\n"
    for link in network.links {
      text += "  \(link.a) -- \(link.b) [label=\"\(link.latency ?? 0) ms\"]\n"
    }
    return text + "}\n"
  }

  /// Nodes lie near each other if little time lies between them (Harel and Koren 2002: distances
  /// from a few nodes as coordinates, seen from where they differ most).
  public static func svg(_ network: Network) -> String {
    let truth = Truth(network)
    let places = places(network.nodes.count, truth)
    let size = 800.0
    func scaled(_ values: [Double]) -> [Int] {
      let least = values.min() ?? 0
      let range = max(1e-9, (values.max() ?? 1) - least)
      return values.map { Int(20 + ($0 - least) / range * (size - 40)) }
    }
    let x = scaled(places.map(\.0))
    let y = scaled(places.map(\.1))
    var text =
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 800 800\">\n"
      + "<rect width=\"800\" height=\"800\" fill=\"white\"/>\n<g stroke=\"#888\">\n"
    for link in network.links {
      text +=
        "<line x1=\"\(x[link.a])\" y1=\"\(y[link.a])\" x2=\"\(x[link.b])\" y2=\"\(y[link.b])\"/>\n"
    }
    text += "</g>\n<g fill=\"#06c\">\n"
    for i in network.nodes.indices {
      let radius = min(12, 2 + truth.linkCount(of: i) / 3)
      text += "<circle cx=\"\(x[i])\" cy=\"\(y[i])\" r=\"\(radius)\"/>\n"
    }
    return text + "</g>\n</svg>\n"
  }

  private static func places(_ count: Int, _ truth: Truth) -> [(Double, Double)] {
    var columns: [[Double]] = []
    var nearest = [UInt64](repeating: .max, count: count)
    var pivot = 0
    for _ in 0..<min(10, count) {
      // The next one is as far from all before as can be.
      let distances = truth.milliseconds(from: pivot).map { $0 == Truth.unreachable ? 0 : $0 }
      for i in 0..<count { nearest[i] = min(nearest[i], distances[i]) }
      pivot = nearest.indices.max { (nearest[$0], $1) < (nearest[$1], $0) } ?? 0
      let mean = Double(distances.reduce(0, +)) / Double(count)
      columns.append(distances.map { Double($0) - mean })
    }
    let covariance = columns.map { a in
      columns.map { b in zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }
    }
    let first = axis(covariance, without: nil)
    let second = axis(covariance, without: first)
    return (0..<count).map { i in
      (
        zip(columns, first).reduce(0) { $0 + $1.0[i] * $1.1 },
        zip(columns, second).reduce(0) { $0 + $1.0[i] * $1.1 }
      )
    }
  }

  /// The direction in which most is different, of those across `other`.
  private static func axis(_ matrix: [[Double]], without other: [Double]?) -> [Double] {
    var vector = matrix.indices.map { 1 + Double($0) / 7 }
    for _ in 0..<100 {
      if let other {
        let shared = zip(vector, other).reduce(0) { $0 + $1.0 * $1.1 }
        vector = zip(vector, other).map { $0 - shared * $1 }
      }
      vector = matrix.map { row in zip(row, vector).reduce(0) { $0 + $1.0 * $1.1 } }
      let length = vector.reduce(0) { $0 + $1 * $1 }.squareRoot()
      guard length > 0 else { break }
      vector = vector.map { $0 / length }
    }
    return vector
  }
}
