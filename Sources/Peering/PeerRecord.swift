import Bytes
import Cryptography
import Sessions
import Switching
import Wire

/// All that is known about a peer, for the admin interface.
public final class PeerRecord: Sendable {
  public let key: PublicKey
  public let link: Int
  public let linkAddress: LinkAddress
  /// Where it was told to be; nil unless it was configured.
  public let configuredAddress: LinkAddress?
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
  /// nil if no radio knows it.
  public let radio: RadioState?
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

  init(_ peer: Peer, at now: Instant) {
    // The meters are read on copies: looking must not change what is measured.
    var receiveRate = peer.receiveRate
    var sendRate = peer.sendRate
    let statistics = peer.session.statistics
    key = peer.key
    link = peer.link
    linkAddress = peer.address
    configuredAddress = peer.origin == .configured ? peer.homeAddress : nil
    origin = peer.origin
    isIncoming = peer.supervision.role.isForgotten
    state = peer.state
    slot = peer.slot
    label = peer.label
    version = peer.version
    latency = peer.latency
    radio = peer.radio
    lastMessage = peer.lastMessage
    bytesIn = peer.bytesIn
    bytesOut = peer.bytesOut
    self.receiveRate = receiveRate.rate(at: now)
    self.sendRate = sendRate.rate(at: now)
    duplicateCount = UInt64(statistics.duplicateCount)
    lostCount = UInt64(statistics.lostCount)
    outOfRangeCount = UInt64(statistics.outOfRangeCount)
    receivedCount = UInt64(statistics.receivedCount)
    user = peer.user
  }
}
