import Bytes
import Switching

/// All that is known about a node of the table, for the admin interface.
public final class NodeRecord: Sendable {
  /// `Label.unreachable` if no path is known.
  public let route: Route
  /// 1024 for each hop that works, more for others; `UInt32.max` without a path.
  public let cost: UInt32
  public let scheme: EncodingScheme
  public let bucket: Int
  /// Milliseconds since anything of the node was heard over its path.
  public let age: UInt64
  public let isPeer: Bool
  /// Milliseconds of the last query and its answer; nil before the first.
  public let roundTrip: UInt32?
  /// The last link of its path; nil for this node and without a path.
  public let bestParent: LinkRecord?
  /// Links that lead away from it.
  public let linkCount: Int

  init(
    route: Route, cost: UInt32, scheme: EncodingScheme, bucket: Int, age: UInt64, isPeer: Bool,
    roundTrip: UInt32?, bestParent: LinkRecord?, linkCount: Int
  ) {
    self.route = route
    self.cost = cost
    self.scheme = scheme
    self.bucket = bucket
    self.age = age
    self.isPeer = isPeer
    self.roundTrip = roundTrip
    self.bestParent = bestParent
    self.linkCount = linkCount
  }
}
