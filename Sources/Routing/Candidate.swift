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
  /// The node is reached otherwise, and no worse unless this link is better than most.
  let isRefinement: Bool
  var failureCount = 0
  /// When it may be asked.
  var dueAt: Instant
  var isAsked = false

  /// Bytes of the fields of one.
  static var byteCount: Int {
    MemoryLayout<(ID, PublicKey, UInt32, Bool, Bool, Int, Instant, Bool)>.stride
  }

  init(
    id: ID, key: PublicKey, version: UInt32, isHint: Bool = false, isRefinement: Bool = false,
    dueAt: Instant
  ) {
    self.id = id
    self.key = key
    self.version = version
    self.isHint = isHint
    self.isRefinement = isRefinement
    self.dueAt = dueAt
  }
}
