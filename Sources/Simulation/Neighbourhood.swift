import Cryptography

/// Radios at random places of a square, of which each hears those within its range.
///
/// Whole numbers only, so that every machine builds the same.
struct Neighbourhood {
  private(set) var edges: [Topology.Edge] = []

  /// Each of the `count` radios hears about `degree` others; islands are joined where they are
  /// nearest to the rest.
  init(count: Int, degree: Int, _ random: SeededEntropy) {
    let side: Int64 = 1 << 20
    let places = (0..<count).map { _ in
      (
        x: Int64(random.random(below: UInt64(side))), y: Int64(random.random(below: UInt64(side)))
      )
    }
    func distance(_ a: Int, _ b: Int) -> Int64 {
      let dx = places[a].x - places[b].x
      let dy = places[a].y - places[b].y
      return dx * dx + dy * dy
    }
    // A circle of that area holds `degree` of the `count`.
    let range = side * side / Int64(count) * Int64(degree) * 1000 / 3142
    var reach = side
    while reach > 1, (reach - 1) * (reach - 1) >= range {
      reach -= max(1, (reach - range / reach) / 2)
    }
    // Only the nine cells around can hold a neighbour.
    let cells = max(1, Int(side / max(1, reach)))
    var grid: [[Int]] = Array(repeating: [], count: cells * cells)
    func cell(_ i: Int) -> (Int, Int) {
      (
        min(cells - 1, Int(places[i].x) * cells / Int(side)),
        min(cells - 1, Int(places[i].y) * cells / Int(side))
      )
    }
    for i in 0..<count {
      let (x, y) = cell(i)
      grid[y * cells + x].append(i)
    }
    var island = Array(0..<count)
    func root(_ i: Int) -> Int {
      var i = i
      while island[i] != i {
        island[i] = island[island[i]]
        i = island[i]
      }
      return i
    }
    func join(_ a: Int, _ b: Int) {
      edges.append(.init(a, b, latency: 2 + random.random(below: 5)))
      island[root(a)] = root(b)
    }
    for i in 0..<count {
      let (x, y) = cell(i)
      for row in max(0, y - 1)...min(cells - 1, y + 1) {
        for column in max(0, x - 1)...min(cells - 1, x + 1) {
          for j in grid[row * cells + column] where j < i && distance(i, j) <= range { join(i, j) }
        }
      }
    }
    // The nearest pair of the first island and the rest, until there is one island.
    while let outside = (0..<count).first(where: { root($0) != root(0) }) {
      var best = (a: outside, b: 0)
      let outer = root(outside)
      for a in 0..<count where root(a) == outer {
        for b in 0..<count
        where root(b) != outer && distance(a, b) < distance(best.a, best.b) { best = (a, b) }
      }
      join(best.a, best.b)
    }
  }
}
