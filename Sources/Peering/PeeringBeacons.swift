import Bytes
import Cryptography
import Sessions
import Switching
import Wire

// Beacons (links.md sections 6 and 8.1).
extension Peering {
  /// Sets what `link` does about beacons. `port` is the data port that they announce (0 on
  /// Ethernet), `targets` the broadcast addresses that they go to (of which the first
  /// `limits.beaconTargetCountMax` are used). The first one goes out with the next `wake`.
  /// False if there is no such link.
  @discardableResult
  public mutating func setBeacon(
    link: Int, mode: BeaconMode, port: UInt16, targets: [LinkAddress], at now: Instant
  ) -> Bool {
    guard hasLink(link) else { return false }
    if mode != .off { registerBeaconUser() }
    links[link]?.beaconMode = mode
    links[link]?.beaconPort = port
    links[link]?.beaconTargets = Array(targets.prefix(limits.beaconTargetCountMax))
    links[link]?.nextBeacon = mode == .send ? now : .never
    expect(mode == .send ? now : .never)
    return true
  }

  /// What `link` does about beacons; nil if there is no such link.
  public func beaconMode(link: Int) -> BeaconMode? { hasLink(link) ? links[link]?.beaconMode : nil }

  mutating func sendBeaconIfDue(
    _ number: Int, at now: Instant, entropy: Entropy, into outbox: inout Outbox
  ) {
    guard let link = links[number], link.beaconMode == .send, link.nextBeacon <= now else { return }
    let beacon = Beacon(
      version: min(version, Self.beaconVersionMax), password: beaconPassword,
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
    let jitter = entropy.random(below: Self.beaconMilliseconds / 8)
    let pause: UInt64 = Self.beaconMilliseconds * 15 / 16 + jitter
    links[number]?.nextBeacon = now + pause
  }

  /// Takes what came in on the beacon socket of `link`, or as a broadcast on an Ethernet link, from
  /// `address`; true if it was a beacon that is of use.
  @discardableResult
  public mutating func receiveBeacon(
    _ datagram: Span<UInt8>, on link: Int, from address: LinkAddress, at now: Instant,
    entropy: Entropy, into outbox: inout Outbox
  ) -> Bool {
    guard hasLink(link), let family = links[link]?.family, links[link]?.beaconMode != .off,
      let (beacon, sender) = Self.parse(datagram, family: family, from: address),
      beacon.version >= Self.versionMin
    else {
      counters.beaconRefusedCount += 1
      return false
    }
    let key = PublicKey(beacon.publicKey)
    if let number = index.find(link, sender), let peer = peers[number] {
      return renew(peer, key: key, password: beacon.password)
    }
    guard tentativeCount < limits.tentativeCountMax, beaconPeerCount < limits.beaconPeerCountMax,
      beacons.take(perSecond: limits.beaconsPerSecond, burst: limits.beaconBurst, at: now),
      key != identity.publicKey, !key.isZero, key.isUsable
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
    sendPing(to: peer, .current, at: now, entropy: entropy, into: &outbox)
    return true
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

  /// A further beacon of a known peer: its password may be a new one. A session that works is not
  /// touched, because anybody can send such a beacon; the password serves the next HELLO.
  private mutating func renew(_ peer: Peer, key: PublicKey, password: FixedBytes<20>) -> Bool {
    guard peer.key == key, peer.origin == .beacon else {
      counters.beaconRefusedCount += 1
      return false
    }
    peer.session.setCredentials(password: Array(copying: password.span), login: Self.loginBytes)
    return true
  }

  private var beaconPeerCount: Int {
    var count = 0
    for peer in peers {
      if let peer, peer.origin == .beacon { count += 1 }
    }
    return count
  }

  static var loginBytes: [UInt8] {
    var bytes: [UInt8] = []
    for i in 0..<beaconLogin.utf8CodeUnitCount { bytes.append(beaconLogin.utf8Start[i]) }
    return bytes
  }
}
