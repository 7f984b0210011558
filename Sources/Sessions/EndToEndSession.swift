import Bytes
import Cryptography
import Wire

/// The session with another node, however far away: keys, handles, paths (crypto.md section 6).
public final class EndToEndSession {
  /// Bytes of a handle.
  public static var handleByteCount: Int { 4 }
  /// Least bytes behind a switch header: of a run packet, and of a handshake packet.
  public static var runByteCountMin: Int { 24 }
  public static var handshakeByteCountMin: Int { HandshakeHeader.byteCount + handleByteCount }
  /// Handles below this are handshake packets.
  public static var handleMin: UInt32 { 4 }

  /// In what a message is to travel.
  public enum Carrier: Sendable {
    /// In whatever packet the session is at.
    case current
    /// In the HELLO of a new session, beside keys that work.
    case reopen
    /// In the KEY that answers the last HELLO.
    case answer
  }

  public let key: PublicKey
  public let address: IPv6Address
  /// By which the other side's run packets are told from those of others.
  public let receiveHandle: UInt32
  /// True if the other side began it.
  public let isByStranger: Bool
  /// 0 if unknown.
  public var version: UInt32 = 0
  public var paths: EndToEndPaths
  public var supervision: EndToEndSupervision
  public private(set) var bytesIn: UInt64 = 0
  public private(set) var bytesOut: UInt64 = 0
  /// When a handshake packet was last sent.
  public private(set) var lastHandshake = Instant(milliseconds: 0)
  private let session: Session
  /// Where the table keeps it.
  var number = -1
  /// When the table looks at it; not later than the supervision wants.
  var wakeAt = Instant.never

  /// `address` is that of `key`; `receiveHandle` is at least 4 and not all ones.
  public init(
    identity: Identity, key: PublicKey, address: IPv6Address, receiveHandle: UInt32,
    byStranger: Bool, at now: Instant
  ) {
    self.key = key
    self.address = address
    self.receiveHandle = receiveHandle
    isByStranger = byStranger
    paths = EndToEndPaths(follows: identity.publicKey < key)
    supervision = EndToEndSupervision(byStranger: byStranger, at: now)
    session = Session(identity: identity, peer: key, requireAuthentication: false, at: now)
  }

  public var state: SessionState { session.state }
  public var statistics: SessionStatistics { session.statistics }
  public var sendHandle: UInt32 { session.peerHandle }

  /// True if packets of users can be sent: only run packets carry those.
  @inline(__always)
  public func canSend(at now: Instant) -> Bool {
    session.resetIfUnproven(at: now)
    return hasKeys
  }

  /// True if there are keys for run packets, be they too old to rely on.
  public var hasKeys: Bool { session.canSend && session.peerHandle >= Self.handleMin }

  /// Encrypts `frame` (data header and content): what goes behind a switch header. Needs 124 bytes
  /// of headroom.
  public func seal(
    _ frame: inout FrameBuffer, _ carrier: Carrier = .current, at now: Instant,
    entropy: Entropy
  ) {
    bytesOut &+= UInt64(frame.count)
    switch carrier {
    case .current:
      session.resetIfUnproven(at: now)
      guard session.sendsHandshake else {
        let handle = session.peerHandle
        session.encrypt(&frame, at: now, entropy: entropy)
        push(handle, onto: &frame)
        return
      }
      lastHandshake = now
      push(receiveHandle, onto: &frame)
      session.encrypt(&frame, at: now, entropy: entropy)
    case .reopen:
      lastHandshake = now
      push(receiveHandle, onto: &frame)
      session.reopen(&frame, at: now, entropy: entropy)
    case .answer:
      lastHandshake = now
      push(receiveHandle, onto: &frame)
      session.answer(&frame, at: now, entropy: entropy)
    }
  }

  private func push(_ handle: UInt32, onto frame: inout FrameBuffer) {
    frame.push(Self.handleByteCount)
    var bytes = frame.mutableSpan
    bytes.store(handle, bigEndianAt: 0)
  }

  /// Opens `frame`, a run packet without its handle or a whole handshake packet, which becomes
  /// data header and content. On an error the packet is to be dropped.
  public func open(
    _ frame: inout FrameBuffer, users: borrowing UserTable, at now: Instant
  ) throws(SessionError) -> Session.Content {
    session.resetIfTimedOut(at: now)
    let content = try session.decrypt(&frame, users: users, at: now)
    bytesIn &+= UInt64(frame.count)
    guard content != .run else {
      supervision.heard(at: now)
      return content
    }
    // Without a handle nothing can be sent to it; it has to say so again.
    guard frame.count >= Self.handleByteCount else { throw .runt }
    let handle = frame.span.load32(bigEndianAt: 0)
    guard handle >= Self.handleMin, handle != ControlFrame.handle else { throw .invalidPacket }
    session.setPeerHandle(handle)
    frame.pull(Self.handleByteCount)
    if content == .key { supervision.heard(at: now) }
    return content
  }

  // MARK: New keys

  /// The side that began exchanges the keys after an hour (`Session.rekeyMilliseconds`), the other
  /// one so much later if nothing was done: today's nodes never do it.
  private static var responderPatience: UInt64 { 900_000 }
  /// One of today's nodes forgets the old keys when the HELLO comes and loses what is on its way,
  /// so a pause in the traffic is waited for: one so long, but not longer than this.
  private static var pauseMilliseconds: UInt64 { 1000 }
  private static var pausePatience: UInt64 { 600_000 }
  /// After 10 s without a packet of ours it answers no HELLO as long as it holds the old keys.
  private static var staleMilliseconds: UInt64 { 5000 }
  /// From one HELLO to the next until there is an answer.
  private static var renewalMilliseconds: UInt64 { 500 }

  /// In what a question is to be sent now, for the sake of new keys; nil if they are not due. To be
  /// called when the supervision says `renew`, which it will say again in time.
  public func renewal(at now: Instant) -> Carrier? {
    session.resetIfTimedOut(at: now)
    guard session.isEstablished else { return nil }
    var due = session.newKeysAt
    if !session.isInitiator { due = due + Self.responderPatience }
    guard now >= due else {
      supervision.renewAt = due
      return nil
    }
    if session.isRenewing {
      supervision.renewAt = now + Self.renewalMilliseconds
      return session.needsProof ? .current : .reopen
    }
    supervision.renewAt = now + Self.pauseMilliseconds
    if supervision.hasSentNothing(for: Self.staleMilliseconds, at: now) { return .current }
    guard
      supervision.isQuiet(for: Self.pauseMilliseconds, at: now) || now >= due + Self.pausePatience
    else { return nil }
    supervision.renewAt = now + Self.renewalMilliseconds
    return .reopen
  }

  /// True if the other side has sent its half of new keys and waits for a first packet under them,
  /// without which it sends none.
  public var needsProof: Bool { session.needsProof }

  /// Forgets all keys.
  public func reset() { session.reset() }
}
