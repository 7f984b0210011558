import Switching

/// A way from one node of the table to another: one hop, or several whose nodes are not known.
final class Link {
  /// What a hop costs that takes no time.
  static var costMin: UInt32 { 1024 }
  /// So many milliseconds, there and back, cost as much as a hop; more than four times as many, as
  /// much as four.
  private static var hopMilliseconds: UInt32 { 128 }
  /// So many microseconds of the air for a full packet cost as much as a hop.
  private static var hopAirtime: UInt32 { 4096 }

  var parent: Int
  var child: Int
  /// From the parent, its first director in the shortest form.
  var label: Label
  /// The form of the child's director back to the parent.
  var inverseForm: Int
  var cost: UInt32
  /// What it costs while it works.
  private(set) var floor: UInt32
  /// What a measurement would have it cost, and how many said so since the last change.
  private var otherFloor: UInt32 = 0
  private var otherCount = 0
  /// A link to a direct peer: peering alone decides about it.
  var isPeer = false
  /// The child has answered over it. Until then it is somebody's word, and no path uses it but as
  /// a detour that is tried first.
  var isProven: Bool
  var failureCount = 0
  /// It is in the table no longer.
  var isGone = false

  init(
    parent: Int, child: Int, label: Label, inverseForm: Int, isPeer: Bool, isOneHop: Bool,
    isProven: Bool = true
  ) {
    self.parent = parent
    self.child = child
    self.label = label
    self.inverseForm = inverseForm
    self.isPeer = isPeer
    self.isProven = isProven
    floor = isOneHop ? Self.costMin : Self.costOfMany(label)
    cost = floor
  }

  // The number of hops is not known; most directors have four bits. A chain of known links of the
  // same length is to be preferred.
  private static func costOfMany(_ label: Label) -> UInt32 {
    costMin * UInt32((label.bitCount + 3) / 4) + 1
  }

  /// What a path costs of which nothing is known but its label, in the scheme where it begins.
  static func cost(of label: Label, in scheme: EncodingScheme) -> UInt32 {
    scheme.isOneHop(label) ? costMin : costOfMany(label)
  }

  /// A packet over it, and its answer, took so many milliseconds. It costs something else only if
  /// that is a fifth away, and says so again: paths are not to go to and fro. True if it does.
  func measured(_ milliseconds: UInt32, airtime: UInt32, isOneHop: Bool) -> Bool {
    guard isOneHop else { return false }
    let time = Self.costMin * min(milliseconds, 4 * Self.hopMilliseconds) / Self.hopMilliseconds
    let air = Self.costMin * min(airtime, 4 * Self.hopAirtime) / Self.hopAirtime
    let wanted = Self.costMin + time + air
    guard max(wanted, floor) - min(wanted, floor) > floor / 5 else {
      otherCount = 0
      return false
    }
    otherFloor = otherCount == 0 ? wanted : (otherFloor + wanted) / 2
    otherCount += 1
    // The first measurement of all is better than none.
    guard otherCount >= (floor == Self.costMin ? 1 : 3) else { return false }
    otherCount = 0
    cost = UInt32(UInt64(cost) * UInt64(otherFloor) / UInt64(floor))
    floor = otherFloor
    return true
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
