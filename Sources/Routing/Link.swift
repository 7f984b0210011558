import Switching

/// A way from one node of the table to another: one hop, or several whose nodes are not known.
final class Link {
  /// Costs are counted in units of a thousandth hop.
  static var costMin: UInt32 { 1024 }

  var parent: Int
  var child: Int
  /// From the parent, its first director in the shortest form.
  var label: Label
  /// The form of the child's director back to the parent.
  var inverseForm: Int
  var cost: UInt32
  /// The least it can cost: more for several hops.
  let floor: UInt32
  /// A link to a direct peer: peering alone decides about it.
  var isPeer = false
  var failureCount = 0

  init(parent: Int, child: Int, label: Label, inverseForm: Int, isPeer: Bool, isOneHop: Bool) {
    self.parent = parent
    self.child = child
    self.label = label
    self.inverseForm = inverseForm
    self.isPeer = isPeer
    // The number of hops is not known; most directors have four bits. A chain of known links of
    // the same length is to be preferred.
    floor = isOneHop ? Self.costMin : Self.costMin * UInt32((label.bitCount + 3) / 4) + 1
    cost = floor
  }

  func answered() {
    failureCount = 0
    cost = max(floor, cost - cost / 8)
  }

  func failed() {
    failureCount += 1
    cost = min(cost, UInt32.max / 16) / 7 * 8
  }
}
