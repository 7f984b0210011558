import Bytes
import Switching

/// All that is known about a node of the table, for the admin interface.
public struct NodeRecord: Sendable {
  /// `Label.unreachable` if no path is known.
  public var route: Route
  /// 1024 for each hop that works, more for others; `UInt32.max` without a path.
  public var cost: UInt32
  public var scheme: EncodingScheme
  public var bucket: Int
  /// Milliseconds since anything of the node was heard over its path.
  public var age: UInt64
  public var isPeer: Bool
  /// Milliseconds of the last query and its answer; nil before the first.
  public var roundTrip: UInt32?
  /// The last link of its path; nil for this node and without a path.
  public var bestParent: LinkRecord?
  /// Links that lead away from it.
  public var linkCount: Int
}
