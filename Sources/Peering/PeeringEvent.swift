import Cryptography
import Wire

/// What a node is told about its neighbours, for its router and its log.
public enum PeeringEvent: Sendable {
  /// Packets can go to and come from this peer, and its version is known.
  case up(PeerReport)
  /// A new round trip time of a peer that is up.
  case measured(PeerReport)
  /// A peer that was up is so no longer; its label leads nowhere.
  case gone(PeerReport)
  /// A peer's version is too old: nothing is exchanged with it.
  case incompatible(PublicKey, version: UInt32, LinkAddress)
  /// A peer was found at another address than before and keeps its slot.
  case moved(PublicKey, from: LinkAddress, to: LinkAddress)
  /// A peer was removed: it did not answer, was told to go, or was replaced.
  case forgotten(PublicKey, LinkAddress)
  /// No slot is left for a peer that has proved itself.
  case noSlot(PublicKey, LinkAddress)
}
