/// Frames that a node holds although it is at rest.
public enum PoolChecker {
  /// How many frames are not back in the pools, all nodes together.
  public static func missingFrameCount(_ network: Network) -> Int { network.heldFrameCount }
}
