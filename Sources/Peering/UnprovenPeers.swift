import Bytes

/// Finds out which of some peers that have proved nothing came first.
struct UnprovenPeers {
  /// Of all that were added, proven ones too.
  private(set) var count = 0
  /// The number of the oldest unproven one that may be displaced; −1 if there is none.
  private(set) var oldest = -1
  private var oldestAt = Instant.never

  mutating func add(_ peer: Peer?, _ number: Int) {
    guard let peer else { return }
    count += 1
    guard !peer.supervision.isProven, peer.supervision.role != .opener,
      peer.createdAt < oldestAt
    else { return }
    oldest = number
    oldestAt = peer.createdAt
  }
}
