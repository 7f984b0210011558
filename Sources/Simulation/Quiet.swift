import Bytes

/// What nodes send while nobody has anything to say.
public struct Quiet {
  public struct Result: Equatable, Sendable {
    /// Node-seconds that were measured.
    public var nodeSeconds: UInt64 = 0
    public var maintenanceCount: UInt64 = 0
    public var searchCount: UInt64 = 0
    public var byteCount: UInt64 = 0
    /// Queries in the whole time, of each node.
    public var queriesOfNodes = Distribution([])
    public var seconds = 0

    /// Queries of a thousand nodes in a second.
    public var milliqueries: UInt64 {
      (maintenanceCount + searchCount) * 1000 / max(1, nodeSeconds)
    }

    public var bytesPerSecond: UInt64 { byteCount / max(1, nodeSeconds) }
  }

  public var seconds: Int

  public init(seconds: Int) { self.seconds = seconds }

  public func check(_ network: Network) -> Result {
    var result = Result()
    let before = network.nodes.map(\.queryCounts)
    let bytesBefore = network.byteCount
    for _ in 0..<seconds {
      result.nodeSeconds += UInt64(network.nodes.count { $0.isOn })
      network.run(for: 1000)
    }
    var counts: [UInt64] = []
    for (node, before) in zip(network.nodes, before) {
      let after = node.queryCounts
      result.maintenanceCount += after.maintenance - before.maintenance
      result.searchCount += after.search - before.search
      counts.append(after.maintenance - before.maintenance + after.search - before.search)
    }
    result.byteCount = network.byteCount - bytesBefore
    result.queriesOfNodes = Distribution(counts)
    result.seconds = seconds
    return result
  }
}
