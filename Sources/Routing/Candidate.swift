import Bytes
import Cryptography
import Switching

/// A link that somebody listed, to a node that has not yet answered over it. They are looked
/// through often, so they lie in a row.
struct Candidate {
  /// What tells candidates apart.
  struct ID: Equatable, Sendable {
    /// Who listed it; this node's own address for a path that a query came by.
    let parent: IPv6Address
    /// From the parent, its first director in the shortest form.
    let label: Label
    let child: IPv6Address

    @inline(never)
    static func == (a: ID, b: ID) -> Bool {
      a.label == b.label && a.parent == b.parent && a.child == b.child
    }
  }

  let id: ID
  let key: PublicKey
  let version: UInt32
  /// Known because it sent us a query.
  let isHint: Bool
  /// The node is reached otherwise, and no worse unless this link is better than most.
  let isRefinement: Bool
  var failureCount: UInt8 = 0
  /// When it may be asked.
  var dueAt: Instant
  var isAsked = false
  /// What is found in the table, as it was after so many changes (`NodeTable.changeCount`).
  private(set) var rankedAt: UInt32 = 0
  /// The least is tried first; `.max` if it is not to be tried.
  private(set) var rank = UInt32.max
  /// It is a refinement, and the node is still reached otherwise.
  private(set) var refines = false
  /// It is of a part of the key space of which few nodes are known.
  private(set) var fillsBucket = false

  /// Takes what was found in the table: what a path to it costs, `.max` if there is none.
  @inline(never)
  mutating func found(
    cost: UInt32, refines: Bool, fillsBucket: Bool, after changeCount: UInt32
  ) {
    rank = cost < .max && fillsBucket ? cost / 256 : cost
    self.refines = refines
    self.fillsBucket = fillsBucket
    rankedAt = changeCount
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
