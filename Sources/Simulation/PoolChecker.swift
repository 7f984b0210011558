import Bytes

/// Frames that a node holds although it is at rest.
public enum PoolChecker {
  /// How many frames are not back in the pools, all nodes together.
  public static func missingFrameCount(_ network: Network) -> Int {
    var count = 0
    for node in network.nodes { count += node.pool.frameCount - node.pool.availableCount }
    return count
  }
}
