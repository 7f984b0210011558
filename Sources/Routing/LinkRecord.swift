import Bytes
import Switching

/// A link of the table, for the admin interface.
public final class LinkRecord: Sendable {
  public let parent: IPv6Address
  public let child: IPv6Address
  /// From the parent, its first director in the shortest form.
  public let label: Label
  public let cost: UInt32
  public let isOneHop: Bool
  /// The child's path leads through it.
  public let isBest: Bool
  /// The form, in the child's scheme, of its director back to the parent.
  public let inverseForm: Int

  init(
    parent: IPv6Address, child: IPv6Address, label: Label, cost: UInt32, isOneHop: Bool,
    isBest: Bool, inverseForm: Int
  ) {
    self.parent = parent
    self.child = child
    self.label = label
    self.cost = cost
    self.isOneHop = isOneHop
    self.isBest = isBest
    self.inverseForm = inverseForm
  }
}
