/// Something that happens to a network.
public enum Disturbance: Equatable, Sendable {
  /// A node goes off.
  case stop(Int)
  /// A node that is off starts anew.
  case start(Int)
  /// A node starts anew, and its neighbours get other slots.
  case renumber(Int)
  /// A link is cut, or mended.
  case cut(Int, Int)
  case mend(Int, Int)
  /// From now on a node behaves so.
  case behave(Int, Behaviour)
}
