import Bytes
import Cryptography
import Peering
import Routing
import Sessions
import Switching
import Wire

// The operating system's side (links.md section 11).
extension Node {
  /// Takes an IP packet of the operating system: bare, with room for headers in front.
  public mutating func receiveFromTun(
    _ packet: consuming FrameBuffer, at now: Instant, into outbox: inout Outbox
  ) {
    counters.tunReceivedCount &+= 1
    let destination: IPv6Address
    switch TunPacket.judge(packet.span, own: address, mtu: options.tunMTU) {
    case .send(let to):
      destination = to
    case .loopBack:
      counters.tunSentCount &+= 1
      outbox.push(packet, to: .tun)
      return
    case .outside:
      counters.tunUnroutableCount &+= 1
      complain(packet, .noRoute, at: now, into: &outbox)
      return
    case .tooBig:
      counters.tunTooBigCount &+= 1
      complain(packet, .packetTooBig(UInt32(options.tunMTU)), at: now, into: &outbox)
      return
    case .refuse:
      counters.tunRefusedCount &+= 1
      return
    }
    #if !APPLIANCE
      if let session = sessions.find(address: destination), session.paths.areOver(at: now) {
        sessions.remove(session)
      }
    #endif
    if let session = sessions.find(address: destination), session.canSend(at: now),
      session.paths.best != nil
    {
      if send(packet, through: session, at: now, into: &outbox) {
        reprice(session, at: now)
        if session.paths.wantsOthers { askOthers(of: session, at: now, into: &outbox) }
      }
      return
    }
    hold(packet, for: destination, at: now, into: &outbox)
  }

  /// Sends an IPv6 packet that passed all checks through a session with a path. True if its paths
  /// have been judged, so that they are to be priced again, and others may be wanted.
  private mutating func send(
    _ packet: consuming FrameBuffer, through session: EndToEndSession, at now: Instant,
    into outbox: inout Outbox
  ) -> Bool {
    let advice = session.paths.sendOfUser(
      last: session.supervision.lastTraffic, patience: session.supervision.patience, at: now)
    guard let path = session.paths.best else { return false }
    if path.usersWaitSince == now {
      session.supervision.watchUsers(since: now, isServed: session.paths.haveServed)
    }
    var packet = packet
    TunPacket.strip(&packet)
    session.seal(&packet, at: now, entropy: entropy)
    // The other side of a session that has served would wonder about what comes twice.
    if advice != .nothing, !session.paths.haveServed {
      spread(packet, of: session, advice, at: now, into: &outbox)
    }
    session.supervision.sent(at: now)
    sessions.expect(session)
    send(packet, along: Label(path.label), at: now, into: &outbox)
    return advice == .judged
  }

  /// Gives the operating system the payload `packet` of an IPv6 packet from `source`.
  mutating func deliverToTun(
    _ packet: consuming FrameBuffer, nextHeader: UInt8, from source: IPv6Address,
    into outbox: inout Outbox
  ) {
    var packet = packet
    TunPacket.restore(&packet, nextHeader: nextHeader, source: source, destination: address)
    counters.tunSentCount &+= 1
    outbox.push(packet, to: .tun)
  }

  /// Answers the operating system with an error about `packet`.
  mutating func complain(
    _ packet: consuming FrameBuffer, _ error: ICMPv6Error, at now: Instant,
    into outbox: inout Outbox
  ) {
    var packet = packet
    guard gates.admitComplaint(at: now), error.replace(&packet, sender: address) else { return }
    counters.icmpSentCount &+= 1
    outbox.push(packet, to: .tun)
  }

  // MARK: Packets that wait

  /// Keeps `packet` until there are a path and keys, and sees to it that there will be.
  private mutating func hold(
    _ packet: consuming FrameBuffer, for destination: IPv6Address, at now: Instant,
    into outbox: inout Outbox
  ) {
    let isFirst = waiting.isEmpty(for: destination)
    if waiting.hold(packet, for: destination, at: now) { counters.waitingDroppedCount &+= 1 }
    var session = sessions.find(address: destination)
    if session?.paths.best == nil {
      if let route = router.route(to: destination) {
        session = learn(route, .table, at: now)
        #if !APPLIANCE
          if router.limits.habits.contains(.sessions), let session {
            serve(session, at: now, into: &outbox)
          }
        #endif
      } else if isFirst || router.limits.habits.contains(.packets) {
        router.search(for: destination, at: now, entropy: entropy)
      }
    }
    if let session, session.paths.best != nil {
      _ = session.supervision.want(at: now)
      sessions.expect(session)
    }
    settle(at: now, into: &outbox)
  }

  /// The session with the node that `route` leads to, new if there was none, with that path.
  @inline(never)
  mutating func learn(
    _ route: Route, _ quality: EndToEndPath.Quality, milliseconds: UInt32 = .max, at now: Instant
  ) -> EndToEndSession? {
    guard route.address.isNode, route.key != identity.publicKey, route.label.isRoutable
    else { return nil }
    let session: EndToEndSession
    if let known = sessions.find(address: route.address) {
      guard known.key == route.key else { return nil }
      session = known
    } else {
      session = sessions.make(
        key: route.key, address: route.address, byStranger: false, at: now, entropy: entropy)
      enter(session, at: now)
    }
    if route.version != 0 { session.version = route.version }
    add(route.label, quality, milliseconds: milliseconds, to: session, at: now)
    return session
  }

  /// Sends what waits for `session` if it can be sent, or asks for what is missing.
  @inline(never)
  mutating func serve(_ session: EndToEndSession, at now: Instant, into outbox: inout Outbox) {
    guard !waiting.isEmpty(for: session.address) else { return }
    if session.canSend(at: now) {
      while session.paths.best != nil, let packet = waiting.take(for: session.address) {
        // What has waited is no sign of how a path serves.
        _ = send(packet, through: session, at: now, into: &outbox)
      }
    } else if session.paths.best != nil {
      _ = session.supervision.want(at: now)
      sessions.expect(session)
    }
  }

  /// Drops what waits for `destination`, because there is no way to it.
  mutating func giveUp(
    _ destination: IPv6Address, _ error: ICMPv6Error, at now: Instant, into outbox: inout Outbox
  ) {
    while let packet = waiting.take(for: destination) {
      counters.waitingDroppedCount &+= 1
      complain(packet, error, at: now, into: &outbox)
    }
  }
}
