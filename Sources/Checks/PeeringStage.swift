import Bytes
import Cryptography
import Peering
import Sessions
import Switching
import Wire

/// Plays the recorded scenarios of links-peering.json with real sessions. The recording had a link
/// encryption that did nothing, and keys that nobody can have the private half of: ours stand in
/// for them, and what is compared is what comes out of the encryption.
final class PeeringStage {
  /// Something that we sent, opened.
  struct Sent {
    var bytes: [UInt8]
    var to: LinkAddress
    var isTaken = false
  }

  static var password: [UInt8] { [0x70, 0x61, 0x73, 0x73] }
  static var login: [UInt8] { [0x6c, 0x6f, 0x67, 0x69, 0x6e] }

  let pool = FramePool(frameCount: 8)
  let entropy = SeededEntropy(seed: 20)
  let identity: Identity
  let other: Identity
  /// One more neighbour, who only listens.
  let third: Identity
  let thirdSession: Session
  var peering: Peering
  var now = Instant(milliseconds: 1_000_000)
  var sent: [Sent] = []
  /// The other end: what it holds, and what it makes of our packets.
  var session: Session
  var users = UserTable()
  /// While true it answers pings, announcing that version.
  var answers: UInt32?
  /// Packets that it reads only at the end.
  var heldBack: [[UInt8]]?
  /// What became of the last frame that was received.
  var wasDropped = false
  let address = LinkAddress.ipv4(10, 0, 0, 2, port: 1000)
  let thirdAddress = LinkAddress.ipv4(10, 0, 0, 3, port: 1000)

  init(version: UInt32 = 22) {
    identity = Identity.generate(entropy)
    other = Identity.generate(entropy)
    third = Identity.generate(entropy)
    var limits = PeeringLimits()
    // As the recorded node counts them.
    limits.slotFollowsKey = false
    peering = Peering(
      identity: identity, version: version, pool: pool, limits: limits, at: now, entropy: entropy)
    _ = peering.addLink(family: .ipv4)
    session = Session(
      identity: other, peer: identity.publicKey, requireAuthentication: false, at: now)
    thirdSession = Session(
      identity: third, peer: identity.publicKey, requireAuthentication: false, at: now)
    addUser(Self.password, Self.login)
  }

  func addUser(_ password: [UInt8], _ login: [UInt8]) {
    do throws(UserError) {
      try users.add(password: password.span, login: login, address: nil)
    } catch {}
  }

  func connect(version: UInt32, login: [UInt8]?) {
    act { outbox in
      do throws(PeeringError) {
        try peering.connect(
          link: 0, address: address, key: other.publicKey, password: Self.password, login: login,
          name: [], version: version, at: now, entropy: entropy, into: &outbox)
      } catch {}
    }
  }

  /// Lets time pass until `end`.
  func run(to end: Instant) {
    while peering.nextDeadline <= end {
      now = max(now, peering.nextDeadline)
      act { peering.wake(at: now, entropy: entropy, into: &$0) }
    }
    now = max(now, end)
  }

  func act(_ body: (inout Outbox) -> Void) {
    var outbox = Outbox(capacity: 32)
    body(&outbox)
    var arrivals: [Sent] = []
    while let departure = outbox.pop() {
      guard case .link(_, let to) = departure.destination else { continue }
      arrivals.append(Sent(bytes: [UInt8](departure.frame.span), to: to))
    }
    while peering.takeEvent() != nil {}
    for arrival in arrivals { hear(arrival) }
  }

  /// The other end takes a packet of ours.
  private func hear(_ arrival: Sent) {
    if arrival.to == thirdAddress {
      if let (_, plaintext) = open(arrival.bytes, thirdSession) {
        sent.append(Sent(bytes: plaintext, to: arrival.to))
      }
      return
    }
    if arrival.to != address {
      sent.append(arrival)
      return
    }
    if heldBack != nil, arrival.bytes[0..<3] != [0, 0, 0] || arrival.bytes[3] > 3 {
      heldBack?.append(arrival.bytes)
      return
    }
    guard let (content, plaintext) = open(arrival.bytes, session) else { return }
    sent.append(Sent(bytes: plaintext, to: arrival.to))
    guard let version = answers else { return }
    say(Self.pong(to: plaintext, version: version), content == .hello ? .answer : .run)
  }

  func open(_ bytes: [UInt8], _ session: Session) -> (Session.Content, [UInt8])? {
    guard var frame = pool.take() else { return nil }
    frame.append(bytes.span)
    session.resetIfTimedOut(at: now)
    do throws(SessionError) {
      let content = try session.decrypt(&frame, users: users, at: now)
      return (content, [UInt8](frame.span))
    } catch {
      return nil
    }
  }

  /// Reads what was held back.
  func readHeldBack() {
    for packet in heldBack ?? [] {
      if let (_, plaintext) = open(packet, session) {
        sent.append(Sent(bytes: plaintext, to: address))
      }
    }
    heldBack = nil
  }

  enum Way { case answer, run }

  /// The other end says the switch packet `content`.
  @discardableResult
  func say(_ content: [UInt8], _ way: Way) -> Peering.Received {
    var received = Peering.Received.dropped(.exhausted)
    guard var frame = pool.take() else { return received }
    frame.append(content.span)
    switch way {
    case .answer: session.answer(&frame, at: now, entropy: entropy)
    case .run: session.encrypt(&frame, at: now, entropy: entropy)
    }
    let packet = [UInt8](frame.span)
    act { outbox in
      guard var packetFrame = pool.take() else { return }
      packetFrame.append(packet.span)
      received = peering.receive(
        &packetFrame, on: 0, from: address, at: now, entropy: entropy, into: &outbox)
      if case .packet(let slot) = received { route(packetFrame, from: slot, into: &outbox) }
    }
    return received
  }

  /// What our switch and router do with a packet.
  private func route(
    _ frame: consuming FrameBuffer, from slot: Int, into outbox: inout Outbox
  ) {
    guard Switch.forward(&frame, from: slot, live: peering.liveSlots) == .toRouter,
      ControlFrame.isPresent(in: frame.span)
    else { return }
    let label = Label(frame.span.load64(bigEndianAt: 0)).reversed
    frame.pull(SwitchHeader.byteCount + ControlFrame.handleByteCount)
    let kind: ControlFrame.Kind
    do throws(WireError) { kind = try ControlFrame.check(frame.span) } catch { return }
    if kind == .pong { _ = peering.receivePong(frame.span, from: label, at: now) }
    guard kind == .ping else { return }
    do {
      var bytes = frame.mutableSpan
      ControlFrame.beginAnswer(&bytes, kind: .pong, version: peering.version)
      ControlFrame.seal(&bytes)
    }
    frame.push(ControlFrame.handleByteCount)
    SwitchHeader(label: label.bits).push(onto: &frame)
    guard case .to(let out) = Switch.forward(&frame, from: 1, live: peering.allottedSlots) else {
      return
    }
    peering.send(frame, to: out, at: now, entropy: entropy, into: &outbox)
  }

  /// The answer to the switch packet `ping`, as it arrives.
  static func pong(to ping: [UInt8], version: UInt32) -> [UInt8] {
    guard ping.count >= 28 else { return ping }
    var packet = ping
    packet[10] = 0
    packet[11] = 0
    var frame = Array(packet[16...])
    do {
      var bytes = frame.mutableSpan
      ControlFrame.beginAnswer(&bytes, kind: .pong, version: version)
      ControlFrame.seal(&bytes)
    }
    packet.replaceSubrange(16..., with: frame)
    return packet
  }

  // MARK: What can be compared

  /// The word for the state of the peer at `peer`; `(forgotten)` if there is none.
  func state(of peer: LinkAddress) -> StaticString {
    for i in 0..<peering.peerCount {
      if let record = peering.record(at: i, now: now), record.linkAddress == peer {
        return record.state.name
      }
    }
    return "(forgotten)"
  }

  /// Takes the next packet of ours to `to` that says the same as `bytes`, random parts aside.
  func take(_ bytes: [UInt8], to: LinkAddress) -> Bool {
    for i in sent.indices where !sent[i].isTaken && sent[i].to == to {
      if Self.masked(sent[i].bytes) == Self.masked(bytes) {
        sent[i].isTaken = true
        return true
      }
    }
    return false
  }

  /// Without what is drawn at random, or ours alone: handle, cookie and checksum of a ping,
  /// password and key of a beacon.
  private static func masked(_ bytes: [UInt8]) -> [UInt8] {
    var result = bytes
    func clear(_ range: Range<Int>) {
      for i in range where i < result.count { result[i] = 0 }
    }
    if bytes.count >= 4, bytes[0] == 0xff {
      clear(12..<64)
    } else if bytes.count == 52 {
      clear(16..<18)
      clear(28..<40)
    }
    return result
  }
}

extension [UInt8] {
  init(_ span: Span<UInt8>) {
    self = []
    reserveCapacity(span.count)
    for i in 0..<span.count { append(span[i]) }
  }
}
