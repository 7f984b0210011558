import Cryptography

/// Two nodes that have something to say to each other.
public struct Pair: Hashable, Sendable {
  public var from: Int
  public var to: Int

  public init(from: Int, to: Int) {
    self.from = from
    self.to = to
  }

  /// `count` pairs of different nodes that are on, each drawn from all.
  static func draw(_ count: Int, _ network: Network, _ random: SeededEntropy) -> [Pair] {
    let on = network.nodes.indices.filter { network.nodes[$0].isOn }
    guard on.count > 1 else { return [] }
    return (0..<count).map { _ in
      let from = Int(random.random(below: UInt64(on.count)))
      let to = Int(random.random(below: UInt64(on.count - 1)))
      return Pair(from: on[from], to: on[to < from ? to : to + 1])
    }
  }

  /// As many of those as it takes to have `count` that `isFit`; fewer, if that takes too many.
  static func draw(
    _ count: Int, _ network: Network, _ random: SeededEntropy, where isFit: (Pair) -> Bool
  ) -> [Pair] {
    var pairs: [Pair] = []
    for _ in 0..<count * 100 {
      if pairs.count == count { break }
      pairs += draw(1, network, random).filter(isFit)
    }
    return pairs
  }
}
