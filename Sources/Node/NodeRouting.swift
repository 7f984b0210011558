import Bytes
import Cryptography
import Peering
import Routing
import Sessions
import Switching
import Wire

// What neighbours and router want done.
extension Node {
  mutating func handle(_ event: PeeringEvent, at now: Instant) {
    log(event)
    switch event {
    case .up(let report), .measured(let report):
      let peer = Route(
        key: report.key, address: report.key.address, version: report.version,
        label: report.label)
      router.peerUp(peer, latency: report.latency, airtime: report.airtime, at: now)
    case .gone(let report):
      router.peerGone(label: report.label, at: now)
      // What began with that hop leads nowhere, or soon to somebody else.
      for number in 0..<sessions.capacity {
        #if !APPLIANCE
          if router.limits.habits.contains(.sessions) {
            sessions[number]?.paths.remove(report.label.bits, at: now)
            continue
          }
        #endif
        sessions[number]?.paths.removeAll(at: now) { Label($0).routesThrough(report.label) }
      }
    default: break
    }
    if case .measured = event { return }
    tell(.peering(event))
  }

  mutating func perform(_ effect: RouterEffect, at now: Instant, into outbox: inout Outbox) {
    switch effect {
    case .send(let message, let route, let isQuery):
      send(message, to: route, isQuery: isQuery, at: now, into: &outbox)
    case .route(let route, let quality):
      adopt(route, quality, at: now, into: &outbox)
    case .searchEnded(let destination, let found):
      // Packets for which a path is known wait for the handshake.
      #if !APPLIANCE
        if router.limits.habits.contains(.packets) { return }
      #endif
      guard !found, sessions.find(address: destination)?.paths.best == nil else { return }
      if waiting.retry(
        destination, for: limits.searchMilliseconds, in: limits.searchPause, at: now)
      {
        return
      }
      giveUp(destination, .noRoute, at: now, into: &outbox)
    case .answered(token: 0, _, _, _, _), .unanswered(token: 0, _): break
    case .searchStep, .searchDone, .answered, .unanswered:
      tell(.router(effect))
    }
  }

  /// Takes what the router knows about a path.
  private mutating func adopt(
    _ route: Route, _ quality: RouteQuality, at now: Instant, into outbox: inout Outbox
  ) {
    let reason: EndToEndPath.Quality
    var milliseconds = UInt32.max
    switch quality {
    case .peer: reason = .peer
    case .answered(let time):
      reason = .answered
      milliseconds = time
    case .incoming: reason = .incoming
    case .hearsay: reason = .hearsay
    case .table: reason = .table
    case .dead:
      #if !APPLIANCE
        if router.limits.habits.contains(.sessions) { return }
      #endif
      sessions.find(address: route.address)?.paths.remove(route.label.bits, at: now)
      return
    }
    // A session is made for packets, not for each node that is known.
    guard
      sessions.find(address: route.address) != nil || !waiting.isEmpty(for: route.address),
      let session = learn(route, reason, milliseconds: milliseconds, at: now)
    else { return }
    if reason == .answered, !unanswered.isEmpty(for: session.address) {
      spreadAgain(session, along: route.label, at: now, into: &outbox)
    }
    // A path that looks better has to prove itself before packets go along it.
    if reason == .table && session.paths.wants(route.label.bits)
      || reason == .incoming && session.paths.isUntimed(route.label.bits),
      session.supervision.hasTraffic(at: now), !router.limits.habits.contains(.sessions)
    {
      contact(session, along: route.label.bits, .current, at: now, into: &outbox)
    }
    serve(session, at: now, into: &outbox)
  }

  /// Sends a router's message through the session with the node that `route` leads to, along that
  /// path and no other.
  private mutating func send(
    _ message: [UInt8], to route: Route, isQuery: Bool, at now: Instant, into outbox: inout Outbox
  ) {
    guard let session = session(for: route, at: now), var frame = pool.take() else { return }
    frame.append(message.span)
    DataHeader(contentType: DataHeader.routerMessage).push(onto: &frame)
    var carrier = EndToEndSession.Carrier.current
    var purpose: EndToEndSupervision.Purpose = isQuery ? .question : .answer
    if let carrying, carrying.session === session {
      carrier = carrying.carrier
      if isQuery { purpose = .probe }
      self.carrying = nil
    }
    session.seal(&frame, carrier, at: now, entropy: entropy)
    session.supervision.sent(purpose, at: now)
    sessions.expect(session)
    send(frame, along: route.label, at: now, into: &outbox)
    if isQuery, !unanswered.isEmpty(for: session.address) {
      spreadAgain(session, along: route.label, at: now, into: &outbox)
    }
  }

  /// The session for a message to `route`, without taking the path into it.
  private mutating func session(for route: Route, at now: Instant) -> EndToEndSession? {
    if let known = sessions.find(address: route.address) {
      guard known.key == route.key else { return nil }
      if route.version != 0 { known.version = route.version }
      return known
    }
    return learn(route, .table, at: now)
  }
}
