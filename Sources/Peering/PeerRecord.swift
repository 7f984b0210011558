import Bytes
import Cryptography
import Switching
import Wire

/// All that is known about a peer, for the admin interface.
public struct PeerRecord: Sendable {
  public var key: PublicKey
  public var link: Int
  public var linkAddress: LinkAddress
  public var origin: PeerOrigin
  /// True if it is forgotten when it stays silent.
  public var isIncoming: Bool
  public var state: PeerState
  /// nil as long as it has not proved itself.
  public var slot: Int?
  /// `Label.unknown` without a slot.
  public var label: Label
  /// 0 if unknown.
  public var version: UInt32
  /// Milliseconds.
  public var latency: UInt32?
  /// The last valid packet of an established session; nil if there was none.
  public var lastMessage: Instant?
  public var bytesIn: UInt64
  public var bytesOut: UInt64
  /// Kilobits per second.
  public var receiveRate: UInt32
  public var sendRate: UInt32
  public var duplicateCount: UInt64
  public var lostCount: UInt64
  public var outOfRangeCount: UInt64
  public var receivedCount: UInt64
  /// The name given to it, or the login it came with; may be empty.
  public var user: [UInt8]
}
