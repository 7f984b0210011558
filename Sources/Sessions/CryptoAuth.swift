import Bytes
import Cryptography
import Wire

/// One set of keys with one peer, from the first HELLO to the last run packet: the machine of
/// crypto.md 3.6 to 3.11, as strict as today's nodes have it. `Session` puts two of them together.
///
/// Differs from them where nobody can see it: only authentic packets move the replay window, the
/// run secret is known as soon as it can be, secrets are wiped as soon as nothing needs them, and
/// keys of low order are refused (crypto.md 9, items 3, 8, 17).
public final class CryptoAuth {
  static var handshakeMilliseconds: UInt64 { 10_000 }
  static var inactivityMilliseconds: UInt64 { 60_000 }
  /// No run packet has this counter or a greater one.
  static var counterLimit: UInt32 { 0xffff_fff0 }
  /// What a run packet has in front of its content: counter and authenticator.
  public static var runOverhead: Int { 20 }

  let identity: Identity
  let peer: PublicKey
  var requiresAuthentication: Bool
  /// Wherever a HELLO is refused that was accepted before; nil: nowhere.
  let spentKeys: SpentKeys?
  var credentials: Credentials?

  /// Wiped as soon as the run secret needs it no more.
  var temporaryPrivate = SecretBytes<32>()
  var temporaryPublic = PublicKey(FixedBytes())
  /// Zero exactly when `nextCounter` is below 2.
  var peerTemporary = PublicKey(FixedBytes())
  /// Of the handshake packets that this side sends.
  var handshakeSecret = SecretBytes<32>()
  var runSecret = SecretBytes<32>()

  /// The n of crypto.md 3.6: below 4 the kind of the next packet, from 4 on its counter.
  public var nextCounter: UInt32 = 0
  public internal(set) var isInitiator = false
  public internal(set) var isEstablished = false
  public internal(set) var window = ReplayWindow()
  /// When the session was made, heard by a run packet or a KEY, or timed out.
  var lastPacket: Instant
  /// When the last HELLO was accepted, and when the first run packet.
  var helloAt = Instant(milliseconds: 0)
  var establishedAt = Instant(milliseconds: 0)
  /// Whose password the last accepted handshake packet had.
  var user: User?
  /// The end-to-end handle that belongs to these keys; 0: unknown.
  var peerHandle: UInt32 = 0
  /// Counted before the last reset.
  var pastStatistics = SessionStatistics()

  public convenience init(
    identity: Identity, peer: PublicKey, requireAuthentication: Bool, at now: Instant
  ) {
    self.init(
      identity: identity, peer: peer, requireAuthentication: requireAuthentication,
      credentials: nil, spentKeys: nil, at: now)
  }

  @inline(never)
  init(
    identity: Identity, peer: PublicKey, requireAuthentication: Bool, credentials: Credentials?,
    spentKeys: SpentKeys?, at now: Instant
  ) {
    self.identity = identity
    self.peer = peer
    requiresAuthentication = requireAuthentication
    self.credentials = credentials
    self.spentKeys = spentKeys
    lastPacket = now
  }

  public var state: SessionState {
    if isEstablished { return .established }
    return SessionState(rawValue: min(nextCounter, 4)) ?? .initial
  }

  var statistics: SessionStatistics { pastStatistics + window.statistics }

  /// What to prove itself with: a password (nil: nothing), and a login or nil. Others than before
  /// reset the session.
  public func setCredentials(password: [UInt8]?, login: [UInt8]?) {
    if changeCredentials(password, login) { reset() }
  }

  /// True if these differ from those before.
  @inline(never)
  func changeCredentials(_ password: [UInt8]?, _ login: [UInt8]?) -> Bool {
    guard let password else {
      defer { credentials = nil }
      return credentials != nil
    }
    let new = Credentials(password: password.span, login: login)
    if let credentials, new.isEqual(to: credentials) { return false }
    credentials = new
    return true
  }

  /// Back to the beginning; what the session is for, and its clock, stay.
  public func reset() {
    pastStatistics = statistics
    nextCounter = 0
    isInitiator = false
    isEstablished = false
    temporaryPrivate.wipe()
    temporaryPublic = PublicKey(FixedBytes())
    peerTemporary = PublicKey(FixedBytes())
    handshakeSecret.wipe()
    runSecret.wipe()
    window = ReplayWindow()
    peerHandle = 0
  }

  /// The timeout check of crypto.md 3.9, to be made before every packet.
  @inline(__always)
  public func resetIfTimedOut(at now: Instant) {
    let silence = now.since(lastPacket)
    if silence < Self.handshakeMilliseconds { return }
    if nextCounter == 1 || isEstablished && silence < Self.inactivityMilliseconds { return }
    lastPacket = now
    reset()
  }

  /// The same for keys of which the peer has no proof: it may forget them sooner than this side.
  @inline(__always)
  func resetIfUnproven(at now: Instant) {
    if isEstablished || nextCounter < 4 { return }
    if now.since(lastPacket) >= Self.handshakeMilliseconds / 2 { reset() }
  }

  func resetIfSpent() {
    if nextCounter >= Self.counterLimit { reset() }
  }

  // MARK: Sending

  /// Turns the content in `frame` into the packet that is due: a handshake packet (120 bytes more)
  /// below RECEIVED_KEY, else a run packet (20 more). There must be headroom.
  @_optimize(speed)
  public func encrypt(_ frame: inout FrameBuffer, at now: Instant, entropy: Entropy) {
    resetIfTimedOut(at: now)
    resetIfSpent()
    if nextCounter < 4 {
      sealHandshake(&frame, entropy: entropy)
    } else {
      sealRun(&frame)
    }
  }

  private func sealRun(_ frame: inout FrameBuffer) {
    let counter = nextCounter
    nextCounter += 1
    frame.push(16)
    let nonce = Self.nonce(counter, ofInitiator: isInitiator)
    var box = frame.mutableSpan
    Self.seal(&box, nonce: nonce, key: runSecret)
    frame.push(4)
    var packet = frame.mutableSpan
    packet.store(counter, bigEndianAt: 0)
  }

  /// The counter, least significant byte first, at a place that tells the directions apart.
  @inline(__always)
  static func nonce(_ counter: UInt32, ofInitiator: Bool) -> FixedBytes<24> {
    var nonce = FixedBytes<24>()
    let offset = ofInitiator ? 4 : 0
    for i in 0..<4 { nonce[offset + i] = UInt8(truncatingIfNeeded: counter >> UInt32(8 * i)) }
    return nonce
  }

  // MARK: Receiving

  /// Opens the packet in `frame`, which becomes its content. On an error neither the frame nor the
  /// session is to be used as if something had come; the session has not changed.
  public func decrypt(
    _ frame: inout FrameBuffer, users: borrowing UserTable, at now: Instant
  ) throws(SessionError) -> Session.Content {
    guard frame.count >= Self.runOverhead else { throw .runt }
    let word = frame.span.load32(bigEndianAt: 0)
    guard word < 4 else {
      try openRun(&frame, counter: word, at: now)
      return .run
    }
    return try openHandshake(&frame, kind: PacketKind(word: word), users: users, at: now)
  }

  /// Opens a run packet of at least 20 bytes. With `decrypt` or `noSession` the frame is unharmed.
  @_optimize(speed)
  func openRun(
    _ frame: inout FrameBuffer, counter: UInt32, at now: Instant
  ) throws(SessionError) {
    guard nextCounter >= 3 else { throw .noSession }
    let nonce = Self.nonce(counter, ofInitiator: !isInitiator)
    frame.pull(4)
    var box = frame.mutableSpan
    guard Self.open(&box, nonce: nonce, key: runSecret) else {
      frame.push(4)
      throw .decrypt
    }
    guard window.accept(counter) else { throw .replay }
    frame.pull(16)
    lastPacket = now
    if !isEstablished { establish(counter, at: now) }
  }

  private static func seal(
    _ box: inout MutableSpan<UInt8>, nonce: FixedBytes<24>, key: borrowing SecretBytes<32>
  ) {
    Backend.secretboxSeal(&box, nonce: nonce.span, key: key.span)
  }

  static func open(
    _ box: inout MutableSpan<UInt8>, nonce: FixedBytes<24>, key: borrowing SecretBytes<32>
  ) -> Bool {
    Backend.secretboxOpen(&box, nonce: nonce.span, key: key.span)
  }

  /// The first run packet came: the peer holds the same keys.
  private func establish(_ counter: UInt32, at now: Instant) {
    isEstablished = true
    establishedAt = now
    nextCounter += 3
    window.restart(after: counter)
    temporaryPrivate.wipe()
    handshakeSecret.wipe()
    if !isInitiator { spentKeys?.insert(peerTemporary) }
  }
}
