import Bytes
import Cryptography
import Wire

/// One side of CryptoAuth with one peer: the keys in use and, beside them, those of a handshake
/// that has not led to anything yet. What works goes on working until the first run packet under
/// the new keys proves that the peer has them (crypto.md 9, items 2 and 18).
///
/// ```
/// current     INIT ... ESTABLISHED ----------------------------> retired for a moment, then wiped
/// beside              HELLO -> KEY -> first run packet -> becomes current
/// ```
/// Before there are keys there is only `current`, a strict machine, but for one case: a HELLO of
/// ours that gives way to one that crosses it is kept beside for a moment. If it comes late, the
/// peer forgets what it has and answers it, with a KEY that only its temporary key opens. Nothing
/// is allocated for run packets.
public final class Session {
  /// What a packet was.
  public enum Content: Equatable, Sendable {
    /// A HELLO that wants to be answered (`answer`). It may be a recording.
    case hello
    /// A HELLO that crossed ours, which is the one that counts.
    case crossedHello
    /// The answer to our HELLO: the next packet is a run packet.
    case key
    /// Neither forged nor seen before.
    case run
  }

  /// Older keys are exchanged for new ones by the side that opened.
  static var rekeyMilliseconds: UInt64 { 3_600_000 }
  /// So long after new keys the old ones still open packets that were on their way, and a HELLO of
  /// ours that gave way may still be answered.
  static var retirementMilliseconds: UInt64 { 5000 }
  /// A HELLO that old is answered no more when this side has reason to open by itself.
  static var helloPatience: UInt64 { 2000 }

  public let peer: PublicKey
  private let spentKeys = SpentKeys()
  private(set) var current: CryptoAuth
  /// A handshake beside keys that are there, or a HELLO of ours that gave way, or retired keys.
  private var beside: CryptoAuth?
  private var besideIsRetired = false
  /// When it is forgotten at the latest.
  private var besideEnd = Instant(milliseconds: 0)
  private var lastHandshakeWasBeside = false

  /// `peer`: whom it is with; its address is in fc00::/8 and it is not our own key.
  /// `requireAuthentication`: only HELLOs with a user's password are accepted.
  public init(
    identity: Identity, peer: PublicKey, requireAuthentication: Bool, at now: Instant
  ) {
    self.peer = peer
    current = CryptoAuth(
      identity: identity, peer: peer, requireAuthentication: requireAuthentication,
      credentials: nil, spentKeys: spentKeys, at: now)
  }

  /// From now on this side may begin, too: answers to it come without a password.
  public func becomeOpener() { current.requiresAuthentication = false }

  /// What to prove ourselves with from the next HELLO on; nil: nothing. Keys that work go on
  /// working, a handshake that is under way is not finished if this changes anything.
  /// True if it does.
  @discardableResult
  public func setCredentials(password: [UInt8]?, login: [UInt8]?) -> Bool {
    guard current.changeCredentials(password, login) else { return false }
    if !current.isEstablished {
      reset()
    } else if !besideIsRetired {
      beside = nil
    }
    return true
  }

  // MARK: How it stands

  public var state: SessionState { current.state }
  public var isEstablished: Bool { current.isEstablished }
  /// True if the next `encrypt` makes a run packet. After `resetIfTimedOut` at the same time.
  public var canSend: Bool { sender.nextCounter >= 4 }
  /// True if the next `encrypt` makes a handshake packet (end to end the own handle goes inside).
  public var sendsHandshake: Bool { !canSend }
  /// Whose password the peer came with; empty if it had none.
  public var user: [UInt8] { current.user?.login ?? [] }
  public var statistics: SessionStatistics { current.statistics }

  /// True if this side should `reopen` for the sake of fresh keys, at a moment of its choice: it
  /// opened the session, an hour or nearly all counters ago.
  public func wantsNewKeys(at now: Instant) -> Bool {
    isEstablished && isInitiator && (now >= newKeysAt || current.nextCounter >= 0xf000_0000)
  }

  var isInitiator: Bool { current.isInitiator }
  /// When the keys in use have served long enough.
  var newKeysAt: Instant { current.establishedAt + Self.rekeyMilliseconds }
  /// True while there is a handshake beside keys that work.
  var isRenewing: Bool { handshake != nil }
  /// True if that handshake lacks nothing but a run packet each way, of which the first is ours.
  var needsProof: Bool { sender !== current }

  /// The end-to-end handle that belongs to the keys the next `encrypt` uses; 0: unknown.
  public var peerHandle: UInt32 { sender.peerHandle }

  /// Stores the handle that stood in the handshake packet opened last, with its keys.
  public func setPeerHandle(_ handle: UInt32) {
    if lastHandshakeWasBeside, let handshake {
      handshake.peerHandle = handle
    } else {
      current.peerHandle = handle
    }
  }

  /// What is beside if it is no thing of the past.
  private var handshake: CryptoAuth? { besideIsRetired ? nil : beside }

  /// New keys are used as soon as a KEY has shown that the peer has its half of them.
  private var sender: CryptoAuth {
    if let beside, !besideIsRetired, beside.nextCounter >= 4 { return beside }
    return current
  }

  // MARK: Sending

  /// Turns the content in `frame` into a link packet: by the keys that work, or into whatever
  /// handshake packet is due. Needs 120 bytes of headroom.
  @_optimize(speed)
  public func encrypt(_ frame: inout FrameBuffer, at now: Instant, entropy: Entropy) {
    resetIfTimedOut(at: now)
    sender.encrypt(&frame, at: now, entropy: entropy)
  }

  /// Turns the content in `frame` into the HELLO of a new session, beside keys that work. A peer
  /// that keeps to the original has only one set of keys and forgets the old ones, so there must be
  /// a reason. (If the peer is waiting for a KEY, it is that.)
  public func reopen(_ frame: inout FrameBuffer, at now: Instant, entropy: Entropy) {
    resetIfTimedOut(at: now)
    guard canSend else {
      Self.restart(current, at: now)
      if current.nextCounter == 0 { adoptBeside() }
      current.encrypt(&frame, at: now, entropy: entropy)
      return
    }
    let machine = handshake ?? makeHandshake(at: now)
    Self.restart(machine, at: now)
    if machine !== beside { put(machine, until: now + CryptoAuth.inactivityMilliseconds) }
    machine.encrypt(&frame, at: now, entropy: entropy)
  }

  @inline(never)
  private static func restart(_ machine: CryptoAuth, at now: Instant) {
    switch machine.state {
    case .initial, .sentHello: return
    case .receivedHello, .sentKey:
      if now.since(machine.helloAt) < helloPatience { return }
    case .receivedKey, .established: break
    }
    machine.reset()
  }

  /// Turns the content in `frame` into the KEY that answers the last HELLO, if `decrypt` has just
  /// said that there is one to answer.
  public func answer(_ frame: inout FrameBuffer, at now: Instant, entropy: Entropy) {
    let machine = handshake.flatMap { $0.isAnswering ? $0 : nil } ?? current
    machine.encrypt(&frame, at: now, entropy: entropy)
  }

  // MARK: Receiving

  /// Opens the packet in `frame`, which becomes its content; the content may be empty.
  /// On an error the packet is to be dropped; the session is as before.
  @_optimize(speed)
  public func decrypt(
    _ frame: inout FrameBuffer, users: borrowing UserTable, at now: Instant
  ) throws(SessionError) -> Content {
    guard frame.count >= CryptoAuth.runOverhead else { throw .runt }
    let word = frame.span.load32(bigEndianAt: 0)
    guard word < 4 else {
      do throws(SessionError) {
        try current.openRun(&frame, counter: word, at: now)
      } catch {
        guard error != .replay, beside != nil else { throw error }
        try openRunBeside(&frame, counter: word, at: now)
      }
      return .run
    }
    return try openHandshake(&frame, kind: PacketKind(word: word), users: users, at: now)
  }

  @inline(never)
  private func openRunBeside(
    _ frame: inout FrameBuffer, counter: UInt32, at now: Instant
  ) throws(SessionError) {
    guard let beside, beside.nextCounter >= 3 else { throw .decrypt }
    try beside.openRun(&frame, counter: counter, at: now)
    if besideIsRetired { return }
    beside.pastStatistics = beside.pastStatistics + current.statistics
    self.beside = current
    current = beside
    besideIsRetired = true
    besideEnd = now + Self.retirementMilliseconds
    lastHandshakeWasBeside = false
  }

  @inline(never)
  private func openHandshake(
    _ frame: inout FrameBuffer, kind: PacketKind, users: borrowing UserTable, at now: Instant
  ) throws(SessionError) -> Content {
    // Else the KEY that answers could find the session timed out, and become a HELLO.
    resetIfTimedOut(at: now)
    var machine: CryptoAuth? = current
    if kind.isHello ? current.nextCounter >= 4 : handshake?.isInitiator == true {
      machine = handshake
    }
    let givesWay =
      kind.isHello && machine?.nextCounter == 1 && peer < current.identity.publicKey
    let taker = (givesWay ? nil : machine) ?? makeHandshake(at: now)
    let content = try taker.openHandshake(&frame, kind: kind, users: users, at: now)
    if givesWay, machine === current {
      swap(&taker.pastStatistics, &current.pastStatistics)
      put(current, until: now + Self.retirementMilliseconds)
      current = taker
    } else if taker !== current, content == .key || taker !== beside {
      put(taker, until: now + CryptoAuth.inactivityMilliseconds)
    }
    lastHandshakeWasBeside = taker !== current
    return content
  }

  private func makeHandshake(at now: Instant) -> CryptoAuth {
    CryptoAuth(
      identity: current.identity, peer: peer,
      requireAuthentication: current.requiresAuthentication, credentials: current.credentials,
      spentKeys: spentKeys, at: now)
  }

  private func put(_ machine: CryptoAuth, until end: Instant) {
    beside = machine
    besideIsRetired = false
    besideEnd = end
  }

  // MARK: Time

  /// Back to the beginning.
  public func reset() {
    beside = nil
    current.reset()
  }

  /// Forgets what has timed out (crypto.md 3.9). To be called before every packet.
  @inline(__always)
  public func resetIfTimedOut(at now: Instant) {
    if beside != nil { settleBeside(at: now) }
    current.resetIfTimedOut(at: now)
    current.resetIfSpent()
    if beside != nil, current.nextCounter == 0 { adoptBeside() }
  }

  /// The same, and gives up keys that the peer may have forgotten, because nothing has proven to it
  /// that this side has them. To be called before something is sent that is not to be lost.
  @inline(__always)
  public func resetIfUnproven(at now: Instant) {
    resetIfTimedOut(at: now)
    current.resetIfUnproven(at: now)
    if beside != nil, current.nextCounter == 0 { adoptBeside() }
  }

  @inline(never)
  private func settleBeside(at now: Instant) {
    guard let beside else { return }
    if !besideIsRetired { beside.resetIfTimedOut(at: now) }
    // A HELLO may wait for ever, but its key should not.
    if now >= besideEnd || beside.nextCounter == 0 { self.beside = nil }
  }

  /// The keys in use are gone; a handshake beside them is all there is now.
  @inline(never)
  private func adoptBeside() {
    if let handshake {
      handshake.pastStatistics = handshake.pastStatistics + current.statistics
      current = handshake
    }
    beside = nil
    lastHandshakeWasBeside = false
  }

  // MARK: Before there is a session

  /// The key of who sent `frame`, if it is a HELLO that deserves the cost of being opened: long
  /// enough, of a node of the network that is not ourselves, with the password of a user (or, if
  /// none is required, with none). No operation on a curve is made.
  public static func peekHello(
    _ frame: Span<UInt8>, identity: Identity, users: borrowing UserTable,
    requireAuthentication: Bool = true
  ) -> PublicKey? {
    guard frame.count >= HandshakeHeader.byteCount,
      PacketKind(word: frame.load32(bigEndianAt: 0)).isHello
    else { return nil }
    let user = users.find(frame)
    if user == nil {
      guard !requireAuthentication, frame[HandshakeHeader.Field.challenge.lowerBound] == 0 else {
        return nil
      }
    }
    let key = PublicKey(copying: frame.extracting(HandshakeHeader.Field.permanentKey))
    guard key != identity.publicKey, !key.isZero else { return nil }
    let address = key.address
    guard address.isNode else { return nil }
    if let bound = user?.address, bound != address { return nil }
    return key
  }
}

extension CryptoAuth {
  /// True if the peer waits for a KEY.
  var isAnswering: Bool { nextCounter == 2 || nextCounter == 3 }
}
