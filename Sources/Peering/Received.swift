extension Peering {
  /// What became of a frame from a link.
  public enum Received: Equatable, Sendable {
    /// It is now a switch packet that came in on that slot; give it to the switch.
    case packet(from: Int)
    /// It was for this layer alone.
    case consumed
    case dropped(DropReason)
  }

  /// Why a frame is dropped; each has its counter.
  public enum DropReason: Equatable, Sendable {
    case runt
    case stranger
    case refused
    case rateLimited
    case undecryptable
    case premature
    case incompatible
    case exhausted
  }
}
