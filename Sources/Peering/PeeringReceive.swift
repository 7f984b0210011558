import Bytes
import Cryptography
import Sessions
import Switching
import Wire

// Frames from links.
extension Peering {
  /// A peer is tried as one that roams only if it was silent for so long.
  private static var roamingSilence: UInt64 { 1000 }
  /// Also a counter this far ahead of the last is plausible for a roaming peer.
  private static var sameKeyGrace: UInt64 { 1000 }
  /// Our own router, as the lowest byte of a label names it.
  private static var routerByte: UInt8 { 1 }

  /// Takes one frame that came in on `link` from `address` (not a broadcast: see `receiveBeacon`).
  /// With `.packet` the frame has become a switch packet.
  @_optimize(speed)
  public mutating func receive(
    _ frame: inout FrameBuffer, on link: Int, from address: LinkAddress, at now: Instant,
    entropy: Entropy, into outbox: inout Outbox
  ) -> Received {
    guard frame.count >= 4 else {
      counters.runtCount += 1
      return .dropped(.runt)
    }
    let kind = PacketKind(word: frame.span.load32(bigEndianAt: 0))
    if kind.isHandshake { users.realm = hasLink(link) ? links[link]?.realm ?? 0 : 0 }
    if let number = index.find(link, address), let peer = peers[number] {
      return receive(
        &frame, kind, from: peer, number: number, at: now, entropy: entropy, into: &outbox)
    }
    guard hasLink(link) else { return stranger() }
    if kind.isHello {
      return receiveFirst(
        &frame, on: link, from: address, at: now, entropy: entropy, into: &outbox)
    }
    if kind == .run {
      return receiveRoaming(
        &frame, on: link, from: address, at: now, entropy: entropy, into: &outbox)
    }
    return stranger()
  }

  private mutating func stranger() -> Received {
    counters.strangerCount += 1
    return .dropped(.stranger)
  }

  // MARK: From the address of a peer

  @_optimize(speed)
  private mutating func receive(
    _ frame: inout FrameBuffer, _ kind: PacketKind, from peer: Peer, number: Int,
    at now: Instant, entropy: Entropy, into outbox: inout Outbox
  ) -> Received {
    if peer.isQuarantined {
      counters.incompatibleCount += 1
      return .dropped(.incompatible)
    }
    if kind.isHandshake {
      guard frame.count >= HandshakeHeader.byteCount else {
        counters.runtCount += 1
        return .dropped(.runt)
      }
      let key = PublicKey(copying: frame.span.extracting(HandshakeHeader.Field.permanentKey))
      guard key == peer.key else {
        return receiveOther(
          &frame, kind, inPlaceOf: peer, number: number, at: now, entropy: entropy, into: &outbox)
      }
      guard takeHandshake(of: peer, at: now) else { return .dropped(.rateLimited) }
    }
    peer.session.resetIfTimedOut(at: now)
    guard let content = open(&frame, peer.session, at: now) else {
      counters.undecryptableCount += 1
      return .dropped(.undecryptable)
    }
    return accept(
      &frame, content, from: peer, at: now, entropy: entropy, into: &outbox)
  }

  /// What the packet in `frame` turns out to be; nil if `session` does not accept it.
  @inline(__always)
  private func open(
    _ frame: inout FrameBuffer, _ session: Session, at now: Instant
  ) -> Session.Content? {
    do throws(SessionError) {
      return try session.decrypt(&frame, users: users, at: now)
    } catch {
      return nil
    }
  }

  mutating func takeHandshake(of peer: Peer, at now: Instant) -> Bool {
    if peer.handshakes.take(
      perSecond: limits.handshakesPerSecondPerPeer, burst: limits.handshakeBurstPerPeer, at: now)
    {
      return true
    }
    counters.rateLimitedCount += 1
    return false
  }

  /// A packet of `peer` that its session has opened: `frame` is the plaintext.
  @_optimize(speed)
  private mutating func accept(
    _ frame: inout FrameBuffer, _ content: Session.Content, from peer: Peer,
    at now: Instant, entropy: Entropy, into outbox: inout Outbox
  ) -> Received {
    peer.isAuthenticated = true
    peer.bytesIn &+= UInt64(frame.count)
    peer.receiveRate.add(frame.count, at: now)
    switch content {
    case .crossedHello:
      return .consumed
    case .hello:
      // Its content may be a recording, and is never needed: the ping in our answer brings
      // whatever is to be known.
      sendPing(to: peer, .answer, at: now, entropy: entropy, into: &outbox)
      return .consumed
    case .key:
      peer.keyAt = now
      _ = peer.supervision.step(.answered, at: now)
      allotSlot(peer, at: now)
      sendPing(to: peer, .current, at: now, entropy: entropy, into: &outbox)
      // Until the session is complete only packets for ourselves pass (links.md 3.2).
      guard let slot = peer.slot, frame.count >= SwitchHeader.byteCount,
        frame.span[7] == Self.routerByte
      else { return .consumed }
      return .packet(from: slot)
    case .run:
      let isFirst = !peer.supervision.isProven
      heard(peer, at: now)
      peer.lastMessage = now
      peer.keyAt = nil
      if peer.slot == nil { settle(peer, isFirst: isFirst, at: now) }
      tellUp(peer)
      if isFirst, peer.slot != nil {
        sendPing(to: peer, .current, at: now, entropy: entropy, into: &outbox)
      }
      guard frame.count > 0 else { return .consumed }
      guard let slot = peer.slot, frame.count >= SwitchHeader.byteCount else {
        counters.prematureCount += 1
        return .dropped(.premature)
      }
      return .packet(from: slot)
    }
  }

  /// Gives a slot to a peer that has just proved itself: that of a former life of the same node
  /// if that one is dead, which it may need a moment to disprove.
  @inline(never)
  private mutating func settle(_ peer: Peer, isFirst: Bool, at now: Instant) {
    if isFirst, peer.slotDecisionAt == nil, peer.origin == .incoming,
      formerLife(of: peer) != nil
    {
      peer.slotDecisionAt = max(now, peer.createdAt + Self.sameKeyGrace)
      expect(peer.deadline)
    }
    if let decision = peer.slotDecisionAt {
      guard now >= decision else {
        if formerLife(of: peer) == nil {
          peer.slotDecisionAt = nil
          allotSlot(peer, at: now)
        }
        return
      }
      peer.slotDecisionAt = nil
      if let number = formerLife(of: peer) {
        takeOver(number, by: peer)
        return
      }
    }
    allotSlot(peer, at: now)
  }

  /// Decides about the slot of a peer that waits for it.
  mutating func settleDue(_ peer: Peer, at now: Instant) {
    guard let decision = peer.slotDecisionAt, now >= decision else { return }
    settle(peer, isFirst: false, at: now)
    tellUp(peer)
  }

  /// An incoming peer with the same key and a slot that was not heard since `peer` came.
  private func formerLife(of peer: Peer) -> Int? {
    peers.firstIndex { other in
      guard let other, other !== peer, other.key == peer.key, other.slot != nil else {
        return false
      }
      return other.origin != .configured && other.supervision.lastHeard < peer.createdAt
    }
  }

  // MARK: From an unknown address

  /// A handshake from an address without a peer: everything that is cheap is checked before the
  /// first operation on the curve, and nothing is kept of one that does not authenticate.
  @inline(never)
  private mutating func receiveFirst(
    _ frame: inout FrameBuffer, on link: Int, from address: LinkAddress, at now: Instant,
    entropy: Entropy, into outbox: inout Outbox
  ) -> Received {
    guard frame.count >= HandshakeHeader.byteCount else {
      counters.runtCount += 1
      return .dropped(.runt)
    }
    guard let key = Session.peekHello(frame.span, identity: identity, users: users) else {
      counters.refusedCount += 1
      return .dropped(.refused)
    }
    let known = provenPeer(with: key)
    if let known {
      guard takeHandshake(of: known, at: now) else { return .dropped(.rateLimited) }
    } else {
      guard sources.take(address, at: now),
        handshakes.take(
          perSecond: limits.handshakesPerSecond, burst: limits.handshakeBurst, at: now)
      else {
        counters.rateLimitedCount += 1
        return .dropped(.rateLimited)
      }
    }
    counters.handshakeTrialCount += 1
    let session = Session(
      identity: identity, peer: key, requireAuthentication: true, at: now)
    guard open(&frame, session, at: now) != nil else {
      counters.undecryptableCount += 1
      return .dropped(.undecryptable)
    }
    let user = session.user
    guard makeRoom(for: user, from: address, on: link, at: now) else {
      counters.exhaustedCount += 1
      return .dropped(.exhausted)
    }
    guard
      let peer = enter(
        session, link: link, address: address, .incoming, .candidate, user: user, version: 0,
        at: now)
    else { return .dropped(.exhausted) }
    peer.isAuthenticated = true
    peer.bytesIn = UInt64(frame.count)
    sendPing(to: peer, .answer, at: now, entropy: entropy, into: &outbox)
    // If the peer that we knew lives on at its old address, it has a moment to show it.
    if let known, known.slot != nil, known.origin != .configured {
      sendPing(to: known, .current, at: now, entropy: entropy, into: &outbox)
    }
    return .consumed
  }

  /// One that has proved nothing does not count: it came with as little as the next one.
  private func provenPeer(with key: PublicKey) -> Peer? {
    for peer in peers {
      if let peer, peer.key == key, peer.supervision.isProven { return peer }
    }
    return nil
  }

  /// Sees to it that one more candidate is within the limits, at the cost of the oldest; false if
  /// the source has too many peers already.
  private mutating func makeRoom(
    for user: [UInt8], from address: LinkAddress, on link: Int, at now: Instant
  ) -> Bool {
    var ofSource = UnprovenPeers()
    var ofUser = UnprovenPeers()
    var candidates = UnprovenPeers()
    for i in peers.indices {
      guard let peer = peers[i] else { continue }
      if peer.link == link, peer.address.hasSamePrefix(as: address) { ofSource.add(peer, i) }
      guard peer.supervision.role == .candidate else { continue }
      candidates.add(peer, i)
      if peer.user == user { ofUser.add(peer, i) }
    }
    var leaving = -1
    if ofSource.count >= limits.peerCountMaxPerSource {
      guard ofSource.oldest >= 0 else { return false }
      leaving = ofSource.oldest
    } else if ofUser.count >= limits.candidateCountMaxPerUser {
      leaving = ofUser.oldest
    } else if candidates.count >= limits.candidateCountMax {
      leaving = candidates.oldest
    }
    if leaving >= 0 { remove(leaving, at: now) }
    return true
  }

  /// A handshake with another key than that of the peer at its address: a new owner of the
  /// address, if the old one is silent and was not configured.
  @inline(never)
  private mutating func receiveOther(
    _ frame: inout FrameBuffer, _ kind: PacketKind, inPlaceOf peer: Peer, number: Int,
    at now: Instant, entropy: Entropy, into outbox: inout Outbox
  ) -> Received {
    guard kind.isHello, peer.isReplaceable(at: now),
      Session.peekHello(frame.span, identity: identity, users: users) != nil
    else { return stranger() }
    remove(number, at: now)
    return receiveFirst(
      &frame, on: peer.link, from: peer.address, at: now, entropy: entropy, into: &outbox)
  }

  /// A run packet from an address without a peer: perhaps one whose address has changed. Only
  /// silent peers are tried, a few packets per second, and only an authentic packet moves one.
  @inline(never)
  private mutating func receiveRoaming(
    _ frame: inout FrameBuffer, on link: Int, from address: LinkAddress, at now: Instant,
    entropy: Entropy, into outbox: inout Outbox
  ) -> Received {
    for step in 0..<peers.count {
      let number = (roamingCursor + step) % peers.count
      guard let peer = peers[number], peer.link == link, peer.slot != nil, !peer.isQuarantined,
        peer.session.isEstablished,
        now.since(peer.supervision.lastHeard) >= Self.roamingSilence
      else { continue }
      guard
        roamingTrials.take(
          perSecond: limits.roamingTrialsPerSecond, burst: limits.roamingTrialBurst, at: now)
      else { break }
      counters.roamingTrialCount += 1
      roamingCursor = number + 1
      guard let content = open(&frame, peer.session, at: now) else { continue }
      counters.roamedCount += 1
      move(peer, number: number, to: address)
      return accept(
        &frame, content, from: peer, at: now, entropy: entropy, into: &outbox)
    }
    return stranger()
  }

  private mutating func move(_ peer: Peer, number: Int, to address: LinkAddress) {
    index.remove(peer.link, peer.address)
    tell(.moved(peer.key, from: peer.address, to: address))
    peer.address = address
    index.insert(peer.link, address, peer: number)
  }

  // MARK: Pongs

  /// Takes the PONG `frame` (from the checksum on, already checked) that came along `label`; true
  /// if it was the answer to a keep-alive, genuine or not, and nobody else should see it.
  public mutating func receivePong(
    _ frame: Span<UInt8>, from label: Label, at now: Instant
  ) -> Bool {
    guard frame.count >= ControlFrame.pingDataOffset else { return false }
    let data = frame.extracting(ControlFrame.pingDataOffset..<frame.count)
    guard KeepAlive.isKeepAlive(data) else { return false }
    guard let slot = SlotAllocator.slot(of: label), let peer = peer(slot: slot),
      !peer.isQuarantined, let milliseconds = peer.keepAlive.end(data, at: now)
    else { return true }
    let version = ControlFrame.version(of: frame)
    guard version >= Self.versionMin else {
      quarantine(peer, version: version, learned: true, at: now)
      return true
    }
    peer.version = version
    peer.latency = UInt32(truncatingIfNeeded: milliseconds)
    _ = peer.supervision.step(.measured(milliseconds), at: now, random: jitter())
    let wasUp = peer.isReportedUp
    tellUp(peer)
    if wasUp { tell(.measured(peer.report)) }
    return true
  }
}
