import Cryptography
import Switching

/// A peer as the router sees it.
public struct PeerReport: Equatable, Sendable {
  public var slot: Int
  /// One hop to it.
  public var label: Label
  public var key: PublicKey
  public var version: UInt32
  /// Milliseconds of the last ping and its answer; nil before the first.
  public var latency: UInt32?
  /// Microseconds that a full packet takes of the air; 0 over a wire, or if it is not known.
  public var airtime: UInt32
}
