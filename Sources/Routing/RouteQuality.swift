/// Why a path is believed to lead to a node.
public enum RouteQuality: Equatable, Sendable {
  /// It is a direct peer.
  case peer
  /// It answered a query of ours that went along the path, after so many milliseconds; `.max` if
  /// query and answer took different ways.
  case answered(UInt32)
  /// A message of its came along the path.
  case incoming
  /// A message of its came along the path that may be a recording.
  case hearsay
  /// The best path in the table, with its cost: 1024 for each hop that works.
  case table(UInt32)
  /// The path leads there no longer.
  case dead
}
