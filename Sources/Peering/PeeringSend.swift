import Bytes
import Cryptography
import Sessions
import Switching
import Wire

// Packets to peers, and what supervision sends.
extension Peering {
  /// How a ping is to travel.
  enum PingPath {
    /// In whatever packet the session is at.
    case current
    /// In the HELLO of a new session.
    case reopen
    /// In the KEY that answers the last HELLO.
    case answer
  }

  /// Sends the switch packet `frame`, as it leaves our switch, to the peer on `slot`. Dropped and
  /// counted if no session can carry it: handshakes carry nothing but pings. False then.
  @discardableResult @_optimize(speed)
  public mutating func send(
    _ frame: consuming FrameBuffer, to slot: Int, at now: Instant, entropy: Entropy,
    into outbox: inout Outbox
  ) -> Bool {
    guard let peer = peer(slot: slot), !peer.isQuarantined else {
      counters.unsendableCount += 1
      return false
    }
    peer.session.resetIfTimedOut(at: now)
    guard peer.session.canSend else {
      counters.unsendableCount += 1
      return false
    }
    peer.bytesOut &+= UInt64(frame.count)
    peer.sendRate.add(frame.count, at: now)
    peer.session.encrypt(&frame, at: now, entropy: entropy)
    _ = peer.supervision.step(.sent, at: now)
    expect(peer.deadline)
    outbox.push(frame, to: .link(peer.link, peer.address))
    return true
  }

  /// Sends a keep-alive ping (switch.md 8.1).
  @inline(never)
  mutating func sendPing(
    to peer: Peer, _ path: PingPath, at now: Instant, entropy: Entropy,
    into outbox: inout Outbox
  ) {
    guard var frame = pool.take() else {
      counters.exhaustedCount += 1
      return
    }
    pingHandle &+= 1
    let data = peer.keepAlive.begin(handle: pingHandle, at: now, entropy: entropy)
    guard
      ControlFrame.build(&frame, kind: .ping, version: version, data: data.span)
    else { return }
    // As it would leave our switch from the router's slot: the way back is one hop, whatever the
    // width of the peer's slot.
    var header = SwitchHeader(label: 1 << 63 | 1)
    header.labelShift = UInt8(SlotAllocator.width(peer.slot ?? 0))
    header.trafficClass = .max
    header.push(onto: &frame)
    peer.bytesOut &+= UInt64(frame.count)
    peer.sendRate.add(frame.count, at: now)
    var address = peer.address
    switch path {
    case .current:
      peer.session.resetIfTimedOut(at: now)
      peer.session.encrypt(&frame, at: now, entropy: entropy)
    case .reopen:
      peer.session.reopen(&frame, at: now, entropy: entropy)
      // One that has moved may have moved back.
      if peer.address != peer.homeAddress, peer.supervision.phase != .alive {
        if peer.attemptIsAtHome { address = peer.homeAddress }
        peer.attemptIsAtHome.toggle()
      }
    case .answer:
      peer.session.answer(&frame, at: now, entropy: entropy)
    }
    outbox.push(frame, to: .link(peer.link, address))
  }

  // MARK: Time

  /// Does what is due: pings, handshakes, beacons, farewells. To be called at `nextDeadline`;
  /// earlier does no harm.
  public mutating func wake(at now: Instant, entropy: Entropy, into outbox: inout Outbox) {
    for number in peers.indices {
      guard let peer = peers[number], peer.deadline <= now else { continue }
      settleDue(peer, at: now)
      supervise(peer, number: number, at: now, entropy: entropy, into: &outbox)
    }
    for link in links.indices {
      guard let beaconAt = links[link]?.nextBeacon, beaconAt <= now else { continue }
      sendBeaconIfDue(link, at: now, entropy: entropy, into: &outbox)
    }
    nextDeadline = .never
    for peer in peers {
      if let peer { expect(peer.deadline) }
    }
    for link in links.indices { expect(links[link]?.nextBeacon ?? .never) }
  }

  private mutating func supervise(
    _ peer: Peer, number: Int, at now: Instant, entropy: Entropy, into outbox: inout Outbox
  ) {
    while true {
      switch peer.supervision.step(.timePassed, at: now, random: jitter()) {
      case .nothing:
        if !peer.isLive { tellGone(peer) }
        return
      case .ping:
        let path: PingPath = peer.session.wantsNewKeys(at: now) ? .reopen : .current
        sendPing(to: peer, path, at: now, entropy: entropy, into: &outbox)
      case .reopen:
        reopen(peer, at: now, entropy: entropy, into: &outbox)
      case .pingAndReopen:
        if peer.session.isEstablished {
          sendPing(to: peer, .current, at: now, entropy: entropy, into: &outbox)
        }
        reopen(peer, at: now, entropy: entropy, into: &outbox)
      case .lost:
        break
      case .forget:
        remove(number, at: now)
        return
      case .retry:
        peer.version = 0
        peer.session.reset()
      }
    }
  }

  /// The next HELLO to a peer that does not answer, or one more packet of the session that its
  /// KEY has just begun.
  private mutating func reopen(
    _ peer: Peer, at now: Instant, entropy: Entropy, into outbox: inout Outbox
  ) {
    if let keyAt = peer.keyAt {
      if now.since(keyAt) < Self.keyPatience {
        sendPing(to: peer, .current, at: now, entropy: entropy, into: &outbox)
        return
      }
      peer.keyAt = nil
    }
    sendPing(to: peer, .reopen, at: now, entropy: entropy, into: &outbox)
  }

  /// So long a session that was begun by a KEY may take to carry the first packet back.
  private static var keyPatience: UInt64 { 2500 }
}
