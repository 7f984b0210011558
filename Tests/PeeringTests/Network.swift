import Bytes
import Cryptography
import Sessions
import Switching
import Wire

@testable import Peering

/// A node without router and devices: neighbours, a switch, and answers to pings.
final class TestNode {
  let identity: Identity
  let entropy: SeededEntropy
  let pool: FramePool
  var peering: Peering
  var address: LinkAddress
  /// Data packets that came from each neighbour, by time.
  var arrivals: [(key: PublicKey, time: UInt64)] = []
  var events: [PeeringEvent] = []

  init(
    _ identity: Identity, at address: LinkAddress, seed: UInt64, limits: PeeringLimits = .init(),
    meshName: String? = nil, now: Instant
  ) {
    self.identity = identity
    self.address = address
    entropy = SeededEntropy(seed: seed)
    pool = FramePool(frameCount: 16)
    peering = Peering(
      identity: identity, version: 21, pool: pool, limits: limits, at: now, entropy: entropy)
    _ = peering.addLink(family: address.family, network: meshName.map { Array($0.utf8) })
  }

  var key: PublicKey { identity.publicKey }

  static var beaconPort: UInt16 { 64512 }

  static let allCards = LinkAddress.ethernet([UInt8](repeating: 0xff, count: 6).span)

  func sendBeacons(at now: Instant) {
    peering.setBeacon(
      link: 0, mode: .send, port: address.port,
      targets: [address.isIP ? .ipv4(10, 0, 0, 255, port: Self.beaconPort) : Self.allCards],
      at: now)
  }

  func take(_ bytes: [UInt8], from source: LinkAddress, at now: Instant, into outbox: inout Outbox)
    -> Peering.Received
  {
    var frame = pool.take()!
    frame.append(bytes.span)
    let received = peering.receive(
      &frame, on: 0, from: source, at: now, entropy: entropy, into: &outbox)
    if case .packet(let slot) = received { route(frame, from: slot, at: now, into: &outbox) }
    return received
  }

  /// What the node's switch and router do with a packet from a neighbour.
  private func route(
    _ frame: consuming FrameBuffer, from slot: Int, at now: Instant, into outbox: inout Outbox
  ) {
    guard Switch.forward(&frame, from: slot, live: peering.liveSlots) == .toRouter else { return }
    let label = Label(frame.span.load64(bigEndianAt: 0)).reversed
    guard ControlFrame.isPresent(in: frame.span) else {
      guard let key = peering.slotPeers[slot]?.key else { return }
      arrivals.append((key, now.milliseconds))
      return
    }
    frame.pull(SwitchHeader.byteCount + ControlFrame.handleByteCount)
    guard let kind = try? ControlFrame.check(frame.span) else { return }
    if kind == .pong {
      _ = peering.receivePong(frame.span, from: label, at: now)
      return
    }
    guard kind == .ping else { return }
    do {
      var bytes = frame.mutableSpan
      ControlFrame.beginAnswer(&bytes, kind: .pong, version: 21)
      ControlFrame.seal(&bytes)
    }
    frame.push(ControlFrame.handleByteCount)
    SwitchHeader(label: label.bits).push(onto: &frame)
    guard case .to(let out) = Switch.forward(&frame, from: 1, live: peering.allottedSlots) else {
      return
    }
    peering.send(frame, to: out, at: now, entropy: entropy, into: &outbox)
  }

  /// Sends a data packet to the router of the neighbour with `key`; false if there is no way.
  @discardableResult
  func sendData(to key: PublicKey, at now: Instant, into outbox: inout Outbox) -> Bool {
    guard let slot = peering.slot(of: key), var frame = pool.take() else { return false }
    let label = EncodingScheme.v358.label(slot: slot)!
    frame.append([UInt8](repeating: 0x33, count: 60).span)
    // One hop, then the router there.
    SwitchHeader(label: Label.splice(Label(0b1_0001), behind: label).bits).push(onto: &frame)
    guard case .to(let out) = Switch.forward(&frame, from: 1, live: peering.allottedSlots) else {
      return false
    }
    peering.send(frame, to: out, at: now, entropy: entropy, into: &outbox)
    return true
  }

  func state(of key: PublicKey, at now: Instant) -> PeerState? {
    for i in 0..<peering.peerCount {
      if let record = peering.record(at: i, now: now), record.key == key { return record.state }
    }
    return nil
  }

  func drainEvents() {
    while let event = peering.takeEvent() { events.append(event) }
  }
}

/// Nodes on one wire in virtual time. Frames take 5 ms, unless they are lost.
final class TestNetwork {
  struct Flight {
    var time: UInt64
    var from: LinkAddress
    var to: LinkAddress
    var bytes: [UInt8]
  }

  var now = Instant(milliseconds: 10_000_000)
  var nodes: [TestNode] = []
  var flights: [Flight] = []
  /// Hundredths of the frames that are lost.
  var lossPercent: UInt64 = 0
  let random: SeededEntropy
  /// All that was sent, for replays.
  var recorded: [Flight] = []

  init(seed: UInt64) { random = SeededEntropy(seed: seed) }

  func add(
    _ identity: Identity, at address: LinkAddress, seed: UInt64, limits: PeeringLimits = .init(),
    meshName: String? = nil
  ) -> TestNode {
    let node = TestNode(
      identity, at: address, seed: seed, limits: limits, meshName: meshName, now: now)
    nodes.append(node)
    return node
  }

  /// Lets `act` use `node`, and sends what comes of it.
  func act(_ node: TestNode, _ body: (inout Outbox) -> Void) {
    var outbox = Outbox(capacity: 64)
    body(&outbox)
    while let departure = outbox.pop() {
      guard case .link(_, let to) = departure.destination else { continue }
      let flight = Flight(
        time: now.milliseconds + 5, from: node.address, to: to, bytes: copy(departure.frame.span))
      recorded.append(flight)
      if random.random(below: 100) >= lossPercent { flights.append(flight) }
    }
    node.drainEvents()
  }

  func connect(
    _ node: TestNode, to other: TestNode, password: String? = nil, login: String? = nil
  ) {
    act(node) { outbox in
      try! node.peering.connect(
        link: 0, address: other.address, key: other.key, password: password.map { Array($0.utf8) },
        login: login.map { Array($0.utf8) }, name: [], version: 0, at: now,
        entropy: node.entropy, into: &outbox)
    }
  }

  /// Hands a frame to whoever is at its destination now.
  func deliver(_ flight: Flight) {
    if flight.to.port == TestNode.beaconPort || flight.to == TestNode.allCards {
      for node in nodes where node.address != flight.from {
        var source = flight.from
        if source.isIP { source.port = TestNode.beaconPort }
        act(node) { outbox in
          node.peering.receiveBeacon(
            flight.bytes.span, on: 0, from: source, at: now, entropy: node.entropy, into: &outbox)
        }
      }
      return
    }
    guard let node = nodes.first(where: { $0.address == flight.to }) else { return }
    act(node) { outbox in
      _ = node.take(flight.bytes, from: flight.from, at: now, into: &outbox)
    }
  }

  func run(milliseconds: UInt64) {
    let end = now + milliseconds
    while true {
      var next = flights.map(\.time).min() ?? .max
      for node in nodes { next = min(next, node.peering.nextDeadline.milliseconds) }
      guard next <= end.milliseconds else { break }
      now = max(now, Instant(milliseconds: next))
      while let index = flights.firstIndex(where: { $0.time <= now.milliseconds }) {
        deliver(flights.remove(at: index))
      }
      for node in nodes where node.peering.nextDeadline <= now {
        act(node) { node.peering.wake(at: now, entropy: node.entropy, into: &$0) }
      }
    }
    now = end
  }

  /// Sends a data packet each 100 ms in both directions.
  func runWithTraffic(_ a: TestNode, _ b: TestNode, milliseconds: UInt64) {
    for _ in 0..<milliseconds / 100 {
      act(a) { a.sendData(to: b.key, at: now, into: &$0) }
      act(b) { b.sendData(to: a.key, at: now, into: &$0) }
      run(milliseconds: 100)
    }
  }
}

func copy(_ bytes: Span<UInt8>) -> [UInt8] {
  var result: [UInt8] = []
  for i in 0..<bytes.count { result.append(bytes[i]) }
  return result
}
