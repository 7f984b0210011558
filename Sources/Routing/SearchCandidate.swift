import Bytes
import Switching

/// A node that a search may ask.
final class SearchCandidate {
  var route: Route
  let distance: Distance
  /// Who listed it and as what; nil if it is in the table.
  let parent: IPv6Address?
  let label: Label
  var isAsked = false
  /// Queries that it did not answer.
  var failureCount = 0

  init(route: Route, distance: Distance, parent: IPv6Address?, label: Label) {
    self.route = route
    self.distance = distance
    self.parent = parent
    self.label = label
  }
}
