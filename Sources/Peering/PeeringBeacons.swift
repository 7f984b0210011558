import Bytes
import Cryptography
import Sessions
import Switching
import Wire

// Beacons (links.md sections 6 and 8.1).
extension Peering {
  /// Sets what `link` does about beacons. `port` is the data port that they announce (0 on
  /// Ethernet), `targets` the broadcast addresses that they go to (of which the first
  /// `limits.beaconTargetCountMax` are used). The first one goes out with the next `wake`, some
  /// more soon after it. False if there is no such link.
  @discardableResult
  public mutating func setBeacon(
    link: Int, mode: BeaconMode, port: UInt16, targets: [LinkAddress], at now: Instant
  ) -> Bool {
    guard hasLink(link), var changed = links[link] else { return false }
    if mode != .off { registerBeaconUser(of: changed) }
    changed.beaconMode = mode
    changed.beaconPort = port
    changed.beaconTargets = Array(targets.prefix(limits.beaconTargetCountMax))
    changed.nextBeacon = mode == .send ? now : .never
    changed.beaconPause = Self.beaconMillisecondsFirst
    expect(changed.nextBeacon)
    links[link] = changed
    return true
  }

  /// What `link` does about beacons; nil if there is no such link.
  public func beaconMode(link: Int) -> BeaconMode? { hasLink(link) ? links[link]?.beaconMode : nil }

  mutating func sendBeaconIfDue(
    _ number: Int, at now: Instant, entropy: Entropy, into outbox: inout Outbox
  ) {
    guard let link = links[number], link.beaconMode == .send, link.nextBeacon <= now else { return }
    let beacon = Beacon(
      version: min(version, Self.beaconVersionMax), password: link.password,
      publicKey: identity.publicKey.bytes)
    for target in link.beaconTargets {
      guard var frame = pool.take() else {
        counters.exhaustedCount += 1
        break
      }
      if link.family == .ethernet {
        frame.resize(to: Beacon.byteCount)
        var bytes = frame.mutableSpan
        beacon.emit(into: &bytes)
      } else {
        UDPBeacon(port: link.beaconPort, beacon: beacon).emit(into: &frame)
      }
      outbox.push(frame, to: .link(number, target))
    }
    // A little early or late, so that nodes that started together do not stay together.
    let jitter = entropy.random(below: link.beaconPause / 8)
    let pause: UInt64 = link.beaconPause * 15 / 16 + jitter
    links[number]?.nextBeacon = now + pause
    links[number]?.lastBeacon = now
    links[number]?.beaconPause = min(2 * link.beaconPause, Self.beaconMilliseconds)
  }

  /// Takes what came in on the beacon socket of `link`, or as a broadcast on an Ethernet link, from
  /// `address`; true if it was a beacon that is of use.
  @discardableResult
  public mutating func receiveBeacon(
    _ datagram: Span<UInt8>, on link: Int, from address: LinkAddress, at now: Instant,
    entropy: Entropy, into outbox: inout Outbox
  ) -> Bool {
    guard hasLink(link), var heardOn = links[link], heardOn.beaconMode != .off,
      let (beacon, sender) = Self.parse(datagram, family: heardOn.family, from: address),
      beacon.version >= Self.versionMin,
      !heardOn.isNetwork || beacon.password == heardOn.password
    else {
      counters.beaconRefusedCount += 1
      return false
    }
    let key = PublicKey(beacon.publicKey)
    if let number = index.find(link, sender), let peer = peers[number] {
      if peer.key == key {
        if !peer.isStuck(at: now) { return renew(peer, password: beacon.password, at: now) }
      } else if !peer.isReplaceable(at: now) {
        counters.beaconRefusedCount += 1
        return false
      }
      remove(number, at: now)
    }
    let isInTime = heardOn.beacons.take(
      perSecond: limits.beaconsPerSecond, burst: limits.beaconBurst, at: now)
    links[link] = heardOn
    guard isInTime, key != identity.publicKey, !key.isZero, key.isUsable,
      makeRoomForBeacon(at: now)
    else {
      counters.beaconRefusedCount += 1
      return false
    }
    let session = Session(
      identity: identity, peer: key, requireAuthentication: false, at: now)
    session.setCredentials(password: Array(copying: beacon.password.span), login: Self.loginBytes)
    guard
      let peer = enter(
        session, link: link, address: sender, .beacon, .tentativeOpener, user: Self.loginBytes,
        version: beacon.version, at: now)
    else { return false }
    introduce(link, at: now, entropy: entropy, into: &outbox)
    sendPing(to: peer, .current, at: now, entropy: entropy, into: &outbox)
    return true
  }

  /// Whoever came so shortly after our last beacon has heard it.
  private static var introductionPause: UInt64 { 16 }

  /// Says a beacon to a newcomer, before the HELLO to it. A node of today that gets to know us by a
  /// HELLO drops the session when it hears us later, and wants a password from our next life.
  private mutating func introduce(
    _ link: Int, at now: Instant, entropy: Entropy, into outbox: inout Outbox
  ) {
    guard let changed = links[link], changed.beaconMode == .send,
      now.since(changed.lastBeacon) >= Self.introductionPause
    else { return }
    links[link]?.nextBeacon = now
    sendBeaconIfDue(link, at: now, entropy: entropy, into: &outbox)
  }

  private static func parse(
    _ datagram: Span<UInt8>, family: LinkAddress.Family, from address: LinkAddress
  ) -> (Beacon, LinkAddress)? {
    guard address.family == family else { return nil }
    do throws(WireError) {
      if family == .ethernet { return (try Beacon(datagram), address) }
      let parsed = try UDPBeacon(datagram)
      guard parsed.port != 0 else { return nil }
      var sender = address
      sender.port = parsed.port
      return (parsed.beacon, sender)
    } catch {
      return nil
    }
  }

  /// A further beacon of a known peer. A session that works is not touched, because anybody can
  /// send such a beacon; but it may be that of a new life of the peer, so that it is asked whether
  /// it still has its keys. The password serves the next HELLO.
  private mutating func renew(_ peer: Peer, password: FixedBytes<20>, at now: Instant) -> Bool {
    if peer.origin == .incoming, peer.supervision.isProven, peer.user == Self.loginBytes {
      // It came by our beacon. Now either side can begin.
      peer.origin = .beacon
      peer.supervision.becomeOpener()
      peer.session.becomeOpener()
    }
    guard peer.origin == .beacon else {
      counters.beaconRefusedCount += 1
      return false
    }
    peer.session.setCredentials(
      password: Array(copying: password.span), login: Self.loginBytes)
    if takeHandshake(of: peer, at: now) {
      _ = peer.supervision.step(.doubted, at: now)
      expect(peer.deadline)
    }
    return true
  }

  /// Sees to it that one more peer known from a beacon is within the limits. Those that have had
  /// their time to answer make room.
  private mutating func makeRoomForBeacon(at now: Instant) -> Bool {
    var known = UnprovenPeers()
    for i in peers.indices where peers[i]?.origin == .beacon { known.add(peers[i], i) }
    if tentativeCount < limits.tentativeCountMax, known.count < limits.beaconPeerCountMax {
      return true
    }
    guard known.oldest >= 0, let oldest = peers[known.oldest],
      now.since(oldest.createdAt) >= Self.answerPatience
    else { return false }
    remove(known.oldest, at: now)
    return true
  }

  /// So long a node that was heard may take to answer, if others wait for its place.
  private static var answerPatience: UInt64 { 1500 }

  static var loginBytes: [UInt8] {
    var bytes: [UInt8] = []
    for i in 0..<beaconLogin.utf8CodeUnitCount { bytes.append(beaconLogin.utf8Start[i]) }
    return bytes
  }
}
