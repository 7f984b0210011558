import Bytes
import Cryptography

/// A network in two halves that come together again: how long it takes until they talk.
public struct Division {
  public struct Result: Equatable, Sendable {
    /// Milliseconds from the mending to the arrival of a packet that was sent after it; patience
    /// if there was none.
    public var gaps = Distribution([])
    public var lostCount = 0
    /// Packets within the halves while they were apart: thousandths that arrived.
    public var withinPermille = 0
  }

  /// Whether each node is in the first half.
  public var isFirst: [Bool]
  /// So long they are apart.
  public var seconds: Int
  public var pairCount: Int
  public var seed: UInt64
  public var interval: UInt64 = 100
  public var settle: UInt64 = 5000
  public var patience: UInt64 = 30_000

  public init(isFirst: [Bool], seconds: Int, pairCount: Int, seed: UInt64) {
    self.isFirst = isFirst
    self.seconds = seconds
    self.pairCount = pairCount
    self.seed = seed
  }

  /// The half of `network` that is nearest to its first node.
  public static func near(_ network: Network) -> [Bool] {
    let hops = Truth(network).hops(from: 0)
    let order = hops.indices.sorted { (hops[$0], $0) < (hops[$1], $1) }
    var isFirst = [Bool](repeating: false, count: hops.count)
    for number in order.prefix(hops.count / 2) { isFirst[number] = true }
    return isFirst
  }

  public func check(_ network: Network) -> Result {
    let random = SeededEntropy(seed: seed ^ 0x6469_76)
    var result = Result()
    let whole = Truth(network)
    let across = Pair.draw(pairCount, network, random) {
      isFirst[$0.from] != isFirst[$0.to] && whole.fits($0.from, $0.to)
    }
    let within = Pair.draw(pairCount, network, random) { isFirst[$0.from] == isFirst[$0.to] }
    var traffic = Traffic(across, interval: interval)
    traffic.run(network, for: settle)
    let cut = network.links.filter { isFirst[$0.a] != isFirst[$0.b] }
    for link in cut { network.apply(.cut(link.a, link.b)) }
    // Those that are apart go on trying, most of the time.
    let milliseconds = UInt64(seconds) * 1000
    traffic.run(network, for: milliseconds / 2)
    let truth = Truth(network)
    var local = Traffic(within.filter { truth.fits($0.from, $0.to) }, interval: 500)
    local.run(network, for: milliseconds / 8)
    local.mark(network)
    local.run(network, for: milliseconds / 8)
    result.withinPermille = local.arrivedCount * 1000 / max(1, local.sentCount)
    traffic.run(network, for: milliseconds / 4)
    traffic.mark(network)
    let mendedAt = network.now
    for link in cut { network.apply(.mend(link.a, link.b)) }
    _ = traffic.run(network, for: patience) { $0.firstArrivals.allSatisfy { $0 != nil } }
    let gaps = traffic.firstArrivals.map { $0?.since(mendedAt) }
    result.gaps = Distribution(gaps.map { $0 ?? patience })
    result.lostCount = gaps.count { $0 == nil }
    return result
  }
}
