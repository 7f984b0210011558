import Cryptography
import Switching

/// What is asked for when ways into a node over other neighbours of it are looked for.
///
/// ```
///   own ---- known, but of no use ---- target     1. the target lists its peers,
///    |                                   |        2. those whom the table does not know theirs,
///    +----- known ----- c ----- through -+        3. c, along another way, is asked for one of
///                                                    them, and that one for the target
/// ```
final class Approach: Sendable {
  let target: PublicKey
  /// A neighbour of the target to which no way is known either; nil if it is not over one.
  let through: PublicKey?
  /// The paths to have no nodes in common with, as far as possible.
  let known: [Label]

  init(_ target: PublicKey, through: PublicKey? = nil, around known: [Label]) {
    self.target = target
    self.through = through
    self.known = known
  }
}
