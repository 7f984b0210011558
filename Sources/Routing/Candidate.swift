import Bytes
import Cryptography
import Switching

/// A link that somebody listed, to a node that has not yet answered over it.
final class Candidate {
  /// What tells candidates apart.
  struct ID: Equatable, Sendable {
    /// Who listed it; this node's own address for a path that a query came by.
    let parent: IPv6Address
    /// From the parent, its first director in the shortest form.
    let label: Label
    let child: IPv6Address
  }

  let id: ID
  let key: PublicKey
  let version: UInt32
  /// Known because it sent us a query.
  let isHint: Bool
  var failureCount = 0
  /// When it may be asked.
  var dueAt: Instant
  var isAsked = false

  init(
    id: ID, key: PublicKey, version: UInt32, isHint: Bool, dueAt: Instant
  ) {
    self.id = id
    self.key = key
    self.version = version
    self.isHint = isHint
    self.dueAt = dueAt
  }
}
