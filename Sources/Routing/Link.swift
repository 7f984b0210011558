import Switching

/// A way from one node of the table to another: one hop, or several whose nodes are not known.
final class Link {
  /// What a hop costs that takes no time.
  static var costMin: UInt32 { 1024 }
  /// So many milliseconds, there and back, cost as much as a hop; more than four times as many for
  /// each hop, as much as four.
  private static var hopMilliseconds: UInt32 { 50 }
  /// So many microseconds of the air for a full packet cost as much as a hop.
  private static var hopAirtime: UInt32 { 4096 }

  /// From the parent, its first director in the shortest form.
  let label: Label
  // Narrow: there are more links than anything else in the table.
  private let parentPlace: Int16
  private let childPlace: Int16
  private var form: UInt8
  /// Places in the table.
  var parent: Int { Int(parentPlace) }
  var child: Int { Int(childPlace) }
  /// The form of the child's director back to the parent.
  var inverseForm: Int {
    get { Int(form) }
    set { form = UInt8(truncatingIfNeeded: newValue) }
  }
  var cost: UInt32
  /// Milliseconds that it takes, there and back; `.max` as long as nobody has measured.
  private(set) var milliseconds = UInt32.max
  /// What it costs while it works.
  private(set) var floor: UInt32
  /// What a measurement would have it cost, and how many said so since the last change.
  private var otherFloor: UInt32 = 0
  private var otherCount: UInt8 = 0
  /// A link to a direct peer: peering alone decides about it.
  var isPeer = false
  /// The child has answered over it. Until then it is somebody's word, and no path uses it but as
  /// a detour that is tried first.
  var isProven: Bool
  private(set) var failureCount: UInt8 = 0
  /// On how many paths it lies that have fallen silent, and have not been answered since.
  var doubtCount: UInt8 = 0
  /// It is in the table no longer.
  var isGone = false

  /// Bytes of one, and of its two places in lists of nodes, which may have grown to twice the need.
  static var byteCount: Int {
    let fields = MemoryLayout<
      (
        Label, Int16, Int16, UInt8, UInt32, UInt32, UInt32, UInt32, UInt8, Bool, Bool, UInt8, UInt8,
        Bool
      )
    >.stride
    return 2 * MemoryLayout<Int>.stride + fields + 4 * MemoryLayout<Int>.stride
  }

  @inline(never)
  init(
    parent: Int, child: Int, label: Label, inverseForm: Int, isPeer: Bool, isOneHop: Bool,
    isProven: Bool = true
  ) {
    parentPlace = Int16(truncatingIfNeeded: parent)
    childPlace = Int16(truncatingIfNeeded: child)
    self.label = label
    form = UInt8(truncatingIfNeeded: inverseForm)
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

  /// The cost of what costs `base` if it takes no time, and takes so many milliseconds.
  static func cost(base: UInt64, milliseconds: UInt32) -> UInt64 {
    base + min(UInt64(milliseconds) * UInt64(costMin) / UInt64(hopMilliseconds), base * 4)
  }

  /// A packet over it, and its answer, took so many milliseconds. It costs something else only if
  /// that is a fifth away, and says so again: paths are not to go to and fro. True if it does.
  func measured(_ milliseconds: UInt32, airtime: UInt32, isOneHop: Bool) -> Bool {
    let isFirst = self.milliseconds == .max
    self.milliseconds = milliseconds
    let base = isOneHop ? Self.costMin : Self.costOfMany(label)
    let air = Self.costMin * min(airtime, 4 * Self.hopAirtime) / Self.hopAirtime
    let wanted = UInt32(Self.cost(base: UInt64(base), milliseconds: milliseconds)) + air
    guard max(wanted, floor) - min(wanted, floor) > floor / 5 else {
      otherCount = 0
      return false
    }
    otherFloor = otherCount == 0 ? wanted : (otherFloor + wanted) / 2
    otherCount += 1
    // The first measurement of all is better than none.
    guard isFirst || otherCount >= 3 else { return false }
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
    if failureCount < .max { failureCount += 1 }
    cost = min(cost, UInt32.max / 16) / 7 * 8
  }
}
