import Bytes
import Cryptography
import Switching
import Wire

/// All that is known about a peer, for the admin interface.
public final class PeerRecord: Sendable {
  public let key: PublicKey
  public let link: Int
  public let linkAddress: LinkAddress
  public let origin: PeerOrigin
  /// True if it is forgotten when it stays silent.
  public let isIncoming: Bool
  public let state: PeerState
  /// nil as long as it has not proved itself.
  public let slot: Int?
  /// `Label.unknown` without a slot.
  public let label: Label
  /// 0 if unknown.
  public let version: UInt32
  /// Milliseconds.
  public let latency: UInt32?
  /// The last valid packet of an established session; nil if there was none.
  public let lastMessage: Instant?
  public let bytesIn: UInt64
  public let bytesOut: UInt64
  /// Kilobits per second.
  public let receiveRate: UInt32
  public let sendRate: UInt32
  public let duplicateCount: UInt64
  public let lostCount: UInt64
  public let outOfRangeCount: UInt64
  public let receivedCount: UInt64
  /// The name given to it, or the login it came with; may be empty.
  public let user: [UInt8]

  init(
    key: PublicKey, link: Int, linkAddress: LinkAddress, origin: PeerOrigin, isIncoming: Bool,
    state: PeerState, slot: Int?, label: Label, version: UInt32, latency: UInt32?,
    lastMessage: Instant?, bytesIn: UInt64, bytesOut: UInt64, receiveRate: UInt32, sendRate: UInt32,
    duplicateCount: UInt64, lostCount: UInt64, outOfRangeCount: UInt64, receivedCount: UInt64,
    user: [UInt8]
  ) {
    self.key = key
    self.link = link
    self.linkAddress = linkAddress
    self.origin = origin
    self.isIncoming = isIncoming
    self.state = state
    self.slot = slot
    self.label = label
    self.version = version
    self.latency = latency
    self.lastMessage = lastMessage
    self.bytesIn = bytesIn
    self.bytesOut = bytesOut
    self.receiveRate = receiveRate
    self.sendRate = sendRate
    self.duplicateCount = duplicateCount
    self.lostCount = lostCount
    self.outOfRangeCount = outOfRangeCount
    self.receivedCount = receivedCount
    self.user = user
  }
}
