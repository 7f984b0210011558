import Bytes
import Cryptography
import Sessions
import Switching
import Wire

/// One link address with its own session, and its own slot once it has proved itself.
final class Peer {
  let key: PublicKey
  let link: Int
  /// Where it is now.
  var address: LinkAddress
  /// Where it was told to be.
  var homeAddress: LinkAddress
  var origin: PeerOrigin
  let session: Session
  var supervision: PeerSupervision
  /// The name given to it, or the login it came with.
  var user: [UInt8]
  let createdAt: Instant

  /// nil as long as it has not proved itself.
  var slot: Int?
  var label = Label.unknown
  /// 0 if unknown.
  var version: UInt32
  let configuredVersion: UInt32
  var latency: UInt32?
  /// nil if no radio knows it.
  var radio: RadioState?
  /// True while the router holds it for up.
  var isReportedUp = false
  /// True once anything valid was received.
  var isAuthenticated = false
  var lastMessage: Instant?
  /// When the KEY of a session arrived that has not carried anything yet.
  var keyAt: Instant?
  /// Until when a peer with the same key and a slot may show that it is alive.
  var slotDecisionAt: Instant?

  var keepAlive = KeepAlive()
  var handshakes: TokenBucket
  var attemptIsAtHome = false
  var bytesIn: UInt64 = 0
  var bytesOut: UInt64 = 0
  var receiveRate = RateMeter()
  var sendRate = RateMeter()

  init(
    _ session: Session, link: Int, address: LinkAddress, _ origin: PeerOrigin,
    _ role: PeerSupervision.Role, user: [UInt8], version: UInt32, handshakes: TokenBucket,
    at now: Instant
  ) {
    key = session.peer
    self.link = link
    self.address = address
    homeAddress = address
    self.origin = origin
    self.session = session
    supervision = PeerSupervision(role: role, at: now)
    self.user = user
    self.version = version
    configuredVersion = version
    createdAt = now
    self.handshakes = handshakes
  }

  var isQuarantined: Bool { supervision.phase == .quarantined }

  /// True if its session carries packets both ways, as far as is known.
  var isLive: Bool {
    supervision.phase != .quarantined && !supervision.isSilent && slot != nil
  }

  /// At the address of a peer that was silent for so long another one may come in.
  private static var replaceSilence: UInt64 { 10_000 }

  /// True if its address may have got another owner.
  func isReplaceable(at now: Instant) -> Bool {
    origin != .configured && now.since(supervision.lastHeard) >= Self.replaceSilence
  }

  /// So long the handshake with a peer that came in may take.
  private static var handshakePatience: UInt64 { 500 }

  /// True if it came in, now or in an earlier life of ours, and its handshake leads to nothing:
  /// once let in by a password a node of today takes no KEY without one.
  func isStuck(at now: Instant) -> Bool {
    (origin == .incoming || origin == .remembered) && !supervision.isProven
      && now.since(createdAt) >= Self.handshakePatience
  }

  var state: PeerState {
    if isQuarantined { return .incompatible }
    if supervision.phase == .unresponsive { return .unresponsive }
    if !isAuthenticated { return .unauthenticated }
    return PeerState(rawValue: Int32(truncatingIfNeeded: session.state.rawValue)) ?? .initial
  }

  /// When it wants to be looked at next.
  var deadline: Instant { min(supervision.deadline, slotDecisionAt ?? .never) }

  /// What the router is told; only with a slot.
  var report: PeerReport {
    PeerReport(
      slot: slot ?? 0, label: label, key: key, version: version, latency: latency,
      airtime: radio?.airtime ?? 0)
  }
}
