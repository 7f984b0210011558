import Bytes
import Cryptography
import Peering
import Routing
import Sessions
import Switching
import Wire

// End-to-end sessions (crypto.md section 6).
extension Node {
  /// Takes what is no control frame, with its switch header, that came along the return path
  /// `path`. `word` is what stands behind the header.
  mutating func receiveMessage(
    _ packet: consuming FrameBuffer, _ word: UInt32, from slot: Int, path: Label,
    at now: Instant, into outbox: inout Outbox
  ) {
    guard packet.count >= SwitchHeader.byteCount + EndToEndSession.runByteCountMin else {
      counters.runtCount &+= 1
      return
    }
    if word >= EndToEndSession.handleMin {
      receiveRun(packet, handle: word, from: slot, path: path, at: now, into: &outbox)
    } else {
      receiveHandshake(packet, word, from: slot, path: path, at: now, into: &outbox)
    }
  }

  // MARK: Run packets

  private mutating func receiveRun(
    _ packet: consuming FrameBuffer, handle: UInt32, from slot: Int, path: Label,
    at now: Instant, into outbox: inout Outbox
  ) {
    guard let session = sessions.find(handle: handle) else {
      counters.unknownHandleCount &+= 1
      return
    }
    var packet = packet
    let quote = AuthenticationQuote(packet.span)
    packet.pull(SwitchHeader.byteCount + EndToEndSession.handleByteCount)
    // Behind a handle there is no handshake.
    guard packet.span.load32(bigEndianAt: 0) >= EndToEndSession.handleMin else {
      counters.undecryptableCount &+= 1
      return
    }
    // What comes may be the proof that the keys lack: they are not to be given up before.
    let couldSend = session.hasKeys
    do throws(SessionError) {
      _ = try session.open(&packet, users: users, at: now)
    } catch {
      counters.undecryptableCount &+= 1
      refuse(session, quote, error, from: slot, path: path, at: now, into: &outbox)
      return
    }
    #if !APPLIANCE
      if !session.paths.contains(path.bits) {
        router.notePath(
          of: Route(
            key: session.key, address: session.address, version: session.version, label: path))
      }
    #endif
    if !session.paths.heard(path.bits, at: now) {
      noteOther(path, of: session, at: now, into: &outbox)
    }
    sessions.expect(session)
    if !couldSend, !router.limits.habits.contains(.packets) {
      serve(session, at: now, into: &outbox)
    }
    deliver(
      packet, of: session, path: path, isRun: true, isFresh: true, at: now, into: &outbox)
  }

  /// An authentic packet came along `path`, which is not the one in use.
  @inline(never)
  private mutating func noteOther(
    _ path: Label, of session: EndToEndSession, at now: Instant, into outbox: inout Outbox
  ) {
    add(path, .incoming, to: session, at: now)
    if session.paths.needsQuestion(patience: session.supervision.patience, at: now),
      let best = session.paths.best
    {
      contact(session, along: best.label, .current, at: now, into: &outbox)
    }
  }

  // MARK: Handshakes

  /// Two HELLOs may be on their way at the same time for so long.
  private static var crossingMilliseconds: UInt64 { 100 }

  /// Everything that is cheap is checked before the first operation on the curve, and nothing is
  /// kept of a stranger's HELLO that does not decrypt.
  private mutating func receiveHandshake(
    _ packet: consuming FrameBuffer, _ word: UInt32, from slot: Int, path: Label,
    at now: Instant, into outbox: inout Outbox
  ) {
    guard packet.count >= SwitchHeader.byteCount + EndToEndSession.handshakeByteCountMin else {
      counters.runtCount &+= 1
      return
    }
    var packet = packet
    let quote = AuthenticationQuote(packet.span)
    packet.pull(SwitchHeader.byteCount)
    let key = PublicKey(copying: packet.span.extracting(HandshakeHeader.Field.permanentKey))
    let address = key.address
    guard address.isNode, !key.isZero, key != identity.publicKey else {
      counters.handshakeRefusedCount &+= 1
      return
    }
    let known = sessions.find(address: address)
    // Only a HELLO begins anything; a KEY is for who has said HELLO.
    guard known?.key == key || known == nil && PacketKind(word: word).isHello else {
      counters.handshakeRefusedCount &+= 1
      return
    }
    guard gates.admitHandshake(from: path, slot: slot, at: now) else {
      counters.handshakeLimitedCount &+= 1
      return
    }
    counters.handshakeTrialCount &+= 1
    let session =
      known
      ?? sessions.make(key: key, address: address, byStranger: true, at: now, entropy: entropy)
    let content: Session.Content
    do throws(SessionError) {
      content = try session.open(&packet, users: users, at: now)
    } catch {
      counters.undecryptableCount &+= 1
      if known != nil {
        refuse(session, quote, error, from: slot, path: path, at: now, into: &outbox)
      }
      return
    }
    if known == nil { enter(session, at: now) }
    complete(packet, content, of: session, path: path, at: now, into: &outbox)
  }

  /// Goes on with a handshake packet that was opened: `message` is its content.
  private mutating func complete(
    _ message: consuming FrameBuffer, _ content: Session.Content, of session: EndToEndSession,
    path: Label, at now: Instant, into outbox: inout Outbox
  ) {
    switch content {
    case .key, .run:
      if !session.paths.heard(path.bits, at: now) { add(path, .incoming, to: session, at: now) }
      session.paths.opened(along: path.bits, at: now)
      log(session, " is open")
      if !router.limits.habits.contains(.packets) { serve(session, at: now, into: &outbox) }
      deliver(
        message, of: session, path: path, isRun: false, isFresh: true, at: now, into: &outbox)
      if session.needsProof { contact(session, along: path.bits, .current, at: now, into: &outbox) }
    case .hello:
      add(path, .hearsay, to: session, at: now)
      carrying = (session, .answer)
      deliver(
        message, of: session, path: path, isRun: false, isFresh: false, at: now, into: &outbox)
      settle(at: now, into: &outbox)
      // What came in it asked for no answer, but the HELLO does.
      if carrying != nil {
        contact(session, along: path.bits, .answer, at: now, into: &outbox)
      }
      sessions.expect(session)
      return
    case .crossedHello:
      add(path, .hearsay, to: session, at: now)
      // Our HELLO is the one that counts, but if it is not just on its way it was lost.
      let isLost = now.since(session.lastHandshake) >= Self.crossingMilliseconds
      deliver(
        message, of: session, path: path, isRun: false, isFresh: false, at: now, into: &outbox)
      if isLost { contact(session, along: path.bits, .reopen, at: now, into: &outbox) }
    }
    sessions.expect(session)
  }

  mutating func enter(_ session: EndToEndSession, at now: Instant) {
    counters.sessionMadeCount &+= 1
    #if !APPLIANCE
      session.paths.areByClass = router.limits.habits.contains(.sessions)
    #endif
    if let evicted = sessions.insert(session, at: now) {
      counters.sessionEvictedCount &+= 1
      log(evicted, " had to make room for another")
      findAgain(evicted.address, at: now)
    }
  }

  /// The session with that address is gone: if packets wait for it, there must be another one.
  @inline(never)
  private mutating func findAgain(_ address: IPv6Address, at now: Instant) {
    if !waiting.isEmpty(for: address) { router.search(for: address, at: now, entropy: entropy) }
  }

  /// Tells the sender of a packet that cannot be opened so (crypto.md 6.8). It is of use only to
  /// one who has lost nothing but his keys, so there is no answer to replays, and few at all.
  private mutating func refuse(
    _ session: EndToEndSession, _ quote: AuthenticationQuote, _ error: SessionError,
    from slot: Int, path: Label, at now: Instant, into outbox: inout Outbox
  ) {
    guard error != .replay, error != .invalidPacket, !quote.suppressesErrors else { return }
    guard slot != Switch.routerSlot, gates.admitError(to: slot, at: now) else {
      counters.errorSuppressedCount &+= 1
      return
    }
    guard var frame = pool.take() else {
      counters.exhaustedCount &+= 1
      return
    }
    counters.errorSentCount &+= 1
    quote.emit(error: error, state: session.state, into: &frame)
    send(frame, along: path, suppressErrors: true, at: now, into: &outbox)
  }

  // MARK: Content

  /// Takes data header and content of `session` that came along the return path `path`: in a run
  /// packet, or in a handshake, of which a HELLO may be a recording and is not fresh.
  private mutating func deliver(
    _ message: consuming FrameBuffer, of session: EndToEndSession, path: Label, isRun: Bool,
    isFresh: Bool, at now: Instant, into outbox: inout Outbox
  ) {
    var message = message
    let header: DataHeader
    do throws(WireError) { header = try DataHeader(message.span) } catch {
      // A handshake packet may be empty.
      if isRun || message.count > 0 { counters.contentRefusedCount &+= 1 }
      return
    }
    message.pull(DataHeader.byteCount)
    switch header.contentType {
    case 0...255 where isRun:
      if !session.paths.heardOfUser(path.bits, at: now) {
        judge(session, path, at: now)
      }
      deliverToTun(
        message, nextHeader: UInt8(truncatingIfNeeded: header.contentType), from: session.address,
        into: &outbox)
    case DataHeader.routerMessage:
      router.receive(
        message.span, from: session.key, address: session.address, path: path, isFresh: isFresh,
        at: now, entropy: entropy)
    default:
      // Users' packets in a handshake can be recordings, and nobody sends any (crypto.md 9 item 1).
      counters.contentRefusedCount &+= 1
    }
  }

  // MARK: Time

  mutating func superviseSessions(at now: Instant, into outbox: inout Outbox) {
    for number in 0..<sessions.capacity where sessions.deadline(number) <= now {
      guard let session = sessions[number] else { continue }
      supervise(session, at: now, into: &outbox)
      sessions.schedule(session)
    }
    sessions.updateDeadline()
  }

  private mutating func supervise(
    _ session: EndToEndSession, at now: Instant, into outbox: inout Outbox
  ) {
    while true {
      switch session.supervision.step(at: now) {
      case .nothing:
        return
      case .end:
        log(session, " is over")
        sessions.remove(session)
        findAgain(session.address, at: now)
        return
      case .attempt(let number):
        attempt(number, session, at: now, into: &outbox)
      case .lookAtUsers:
        lookAtUsers(of: session, at: now, into: &outbox)
      case .improve:
        guard let path = session.paths.best else { continue }
        router.improve(
          Route(
            key: session.key, address: session.address, version: session.version,
            label: Label(path.label)),
          milliseconds: path.milliseconds, isServed: session.paths.haveServed, at: now,
          entropy: entropy)
        settle(at: now, into: &outbox)
      case .renew:
        if let carrier = session.renewal(at: now), let path = session.paths.best {
          contact(session, along: path.label, carrier, at: now, into: &outbox)
        }
      }
    }
  }

  /// So many attempts try other ways, too.
  private static var detourAttemptCount: Int { 6 }

  /// Tries to get an answer: with a question along every path that is known, then with a new
  /// handshake, then along the paths in turn, and along whatever path a search finds.
  private mutating func attempt(
    _ number: Int, _ session: EndToEndSession, at now: Instant, into outbox: inout Outbox
  ) {
    #if !APPLIANCE
      if router.limits.habits.contains(.sessions) {
        guard !session.canSend(at: now), let path = session.paths.best else { return }
        contact(session, along: path.label, .current, at: now, into: &outbox)
        return
      }
    #endif
    guard session.supervision.hasTraffic(at: now) else {
      guard let path = session.paths.best else { return }
      contact(session, along: path.label, number == 0 ? .current : .reopen, at: now, into: &outbox)
      return
    }
    if number >= EndToEndSupervision.pathAfterAttempts, number % 2 == 0 {
      session.paths.suspectBest(at: now)
    }
    if number == EndToEndSupervision.searchFromAttempt {
      // All were asked, and these did not answer.
      for i in 0..<session.paths.count where session.paths[i].isSuspect {
        let path = Label(session.paths[i].label)
        router.doubt(path, at: now)
        router.examine(path, at: now)
      }
    }
    // The other paths may begin or end as the silent one does: a search begins at once, too.
    if EndToEndSupervision.searches(attempt: number, hasPath: session.paths.best != nil) {
      router.search(for: session.address, at: now, entropy: entropy)
      settle(at: now, into: &outbox)
    }
    guard let path = session.paths.best else { return }
    router.doubt(Label(path.label), at: now)
    if number == 0 {
      session.paths.doubtAll(since: session.supervision.askedAt, at: now)
      for i in 0..<session.paths.count where session.paths[i].isSuspect {
        contact(session, along: session.paths[i].label, .current, at: now, into: &outbox)
      }
    } else {
      counters.reopenedCount &+= 1
      contact(session, along: path.label, .reopen, at: now, into: &outbox)
    }
    guard number < Self.detourAttemptCount else { return }
    askDetours(of: session, around: [], at: now, into: &outbox)
  }

  /// Sends a router's ping to the node at the other end: its answer proves that session and path
  /// work, and may ride in a handshake.
  @inline(never)
  mutating func contact(
    _ session: EndToEndSession, along label: UInt64, _ carrier: EndToEndSession.Carrier,
    at now: Instant, into outbox: inout Outbox
  ) {
    carrying = (session, carrier)
    // Who reached us without telling its version is one of today's nodes (crypto.md section 7).
    let version = session.version == 0 ? Peering.versionMin : session.version
    _ = router.ask(
      .ping,
      of: Route(
        key: session.key, address: session.address, version: version, label: Label(label)),
      timeout: nil, token: 0, at: now, entropy: entropy)
    settle(at: now, into: &outbox)
    carrying = nil
  }
}
