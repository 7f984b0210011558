import Bytes
import Switching

/// A node that a search may ask.
struct SearchCandidate: Sendable {
  let route: Route
  let distance: Distance
  /// Who listed it and as what; nil if it is in the table.
  let parent: IPv6Address?
  let label: Label
  var isAsked = false
  /// Queries that it did not answer.
  var failureCount = 0
}
