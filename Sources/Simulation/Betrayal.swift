import Bytes
import Cryptography

/// What one node that does not do as it should costs the others: the one with the most links, then
/// any. Pairs for which it is the only way do not count.
public struct Betrayal {
  public struct Result: Equatable, Sendable {
    /// Of each round.
    public var reachability: [Reachability.Result] = []
    /// Answers that lied, or frames that were not forwarded.
    public var betrayalCount = 0
  }

  public var behaviour: Behaviour
  public var roundCount: Int
  public var pairCount: Int
  public var seed: UInt64
  /// So long it does so before it is looked what comes of it.
  public var settle: UInt64 = 30_000
  public var window: UInt64 = 30_000
  public var rest: UInt64 = 10_000

  public init(_ behaviour: Behaviour, roundCount: Int, pairCount: Int, seed: UInt64) {
    self.behaviour = behaviour
    self.roundCount = roundCount
    self.pairCount = pairCount
    self.seed = seed
  }

  public func check(_ network: Network) -> Result {
    let random = SeededEntropy(seed: seed ^ 0x6265_7472)
    var result = Result()
    let before = network.betrayalCount
    for round in 0..<roundCount {
      let truth = Truth(network)
      let able = network.nodes.indices.filter { truth.linkCount(of: $0) > 1 }
      guard !able.isEmpty else { break }
      var number = able[Int(random.random(below: UInt64(able.count)))]
      if round == 0 {
        for other in able where truth.linkCount(of: other) > truth.linkCount(of: number) {
          number = other
        }
      }
      network.apply(.behave(number, behaviour))
      network.run(for: settle)
      var reachability = Reachability(
        pairCount: pairCount, window: window, seed: seed &+ UInt64(round) + 1)
      reachability.avoided = number
      result.reachability.append(reachability.check(network))
      network.apply(.behave(number, .honest))
      network.run(for: rest)
    }
    result.betrayalCount = network.betrayalCount - before
    return result
  }
}
