import Bytes
import Switching

/// A node that a search may ask.
final class SearchCandidate {
  /// Its label is the shortest one that is known; `unreachable` as long as there is none that fits.
  var route: Route
  let distance: Distance
  /// Who listed it and as what, on the way of that label; nil if it is in the table.
  private(set) var parent: IPv6Address?
  private(set) var label: Label
  /// Milliseconds that the answer took of the one who listed it; 0 if it is in the table.
  private(set) var milliseconds: UInt64
  var isAsked = false
  /// The label along which it was asked.
  var askedAlong = Label.unknown
  /// Queries that it did not answer.
  var failureCount = 0

  /// Bytes of one, and of its two places in a list, which may have grown to twice the need.
  static var byteCount: Int {
    let fields = MemoryLayout<
      (Route, Distance, IPv6Address?, Label, UInt64, Bool, Label, Int)
    >.stride
    return fields + 4 * MemoryLayout<Int>.size
  }

  init(
    route: Route, distance: Distance, parent: IPv6Address?, label: Label, milliseconds: UInt64 = 0
  ) {
    self.route = route
    self.distance = distance
    self.parent = parent
    self.label = label
    self.milliseconds = milliseconds
  }

  var canBeAsked: Bool { !isAsked && route.label != .unreachable }

  /// Takes the way by which `other` reaches the same node.
  func take(wayOf other: SearchCandidate) {
    route = other.route
    parent = other.parent
    label = other.label
    milliseconds = other.milliseconds
  }
}
