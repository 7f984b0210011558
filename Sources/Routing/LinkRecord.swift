import Bytes
import Switching

/// A link of the table, for the admin interface.
public struct LinkRecord: Sendable {
  public var parent: IPv6Address
  public var child: IPv6Address
  /// From the parent, its first director in the shortest form.
  public var label: Label
  public var cost: UInt32
  public var isOneHop: Bool
  /// The child's path leads through it.
  public var isBest: Bool
  /// The form, in the child's scheme, of its director back to the parent.
  public var inverseForm: Int
}
