import Bytes
import Switching

/// How much longer the paths in use are than the shortest that fit a label.
public struct Stretch {
  public struct Result: Equatable, Sendable {
    /// Thousandths of the shortest path: 1000 is as short as can be.
    public var hops = Distribution([])
    public var milliseconds = Distribution([])
    /// The same, of the shortest path, be it too long for a label.
    public var hopsOfAll = Distribution([])
    public var millisecondsOfAll = Distribution([])
    public var labelBits = Distribution([])
    public var shortestHops = Distribution([])
    /// Paths that do not lead where they should, or over a link that is cut.
    public var lostCount = 0
  }

  public var pairs: [Pair]
  /// So long they talk before it is looked how.
  public var talk: UInt64 = 5000
  public var interval: UInt64 = 500

  public init(pairs: [Pair]) { self.pairs = pairs }

  public func check(_ network: Network) -> Result {
    var result = Result()
    var hops: [UInt64] = []
    var milliseconds: [UInt64] = []
    var hopsOfAll: [UInt64] = []
    var millisecondsOfAll: [UInt64] = []
    var bits: [UInt64] = []
    var shortest: [UInt64] = []
    // A few of the nodes talk at a time.
    let batch = max(10, network.nodes.count / 4)
    for first in stride(from: 0, to: pairs.count, by: batch) {
      let talking = Array(pairs[first..<min(first + batch, pairs.count)])
      var traffic = Traffic(talking, interval: interval)
      traffic.run(network, for: talk)
      let truth = Truth(network)
      for pair in talking {
        guard network.nodes[pair.from].isOn, network.nodes[pair.to].isOn else { continue }
        let hopsMin = truth.hops(from: pair.from, to: pair.to)
        guard hopsMin != Truth.unreachable else { continue }
        let millisecondsMin = truth.milliseconds(from: pair.from, to: pair.to)
        guard let path = Trace.nodes(network, from: pair.from, to: pair.to),
          let time = truth.milliseconds(along: path)
        else {
          result.lostCount += 1
          continue
        }
        hops.append(UInt64(path.count - 1) * 1000 / hopsMin)
        milliseconds.append(time * 1000 / max(1, millisecondsMin))
        hopsOfAll.append(
          UInt64(path.count - 1) * 1000 / truth.hops(from: pair.from)[pair.to])
        millisecondsOfAll.append(
          time * 1000 / max(1, truth.milliseconds(from: pair.from)[pair.to]))
        shortest.append(hopsMin)
        if let label = Trace.label(network, from: pair.from, to: pair.to) {
          bits.append(UInt64(label.bitCount))
        }
      }
    }
    result.hops = Distribution(hops)
    result.milliseconds = Distribution(milliseconds)
    result.hopsOfAll = Distribution(hopsOfAll)
    result.millisecondsOfAll = Distribution(millisecondsOfAll)
    result.labelBits = Distribution(bits)
    result.shortestHops = Distribution(shortest)
    return result
  }
}
