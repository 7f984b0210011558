import Bytes
import Cryptography
import Node
import Peering
import Routing
import Sessions
import Switching
import Wire

nonisolated(unsafe) private let pool = FramePool(frameCount: 64)
nonisolated(unsafe) private let peerPool = FramePool(frameCount: 64)
nonisolated(unsafe) private let hostilePool = FramePool(frameCount: 1)

/// A whole node, in virtual time, between a real neighbour, whose frames are lost, repeated,
/// reordered and changed, a hostile one with a password, and strangers.
func nodeTarget(_ bytes: Span<UInt8>) {
  act(bytes)
  expect(pool.availableCount == pool.frameCount, "every frame is given back")
}

private func act(_ bytes: Span<UInt8>) {
  var input = Input(bytes)
  let scene = Scene()
  if input.byte() & 1 == 0 { scene.warmUp() }
  var stepCount = 0
  while !input.isAtEnd, stepCount < 160 {
    stepCount += 1
    scene.step(&input)
    let node = scene.node.node.counters
    plantedBug([
      scene.node.node.peerCount > 1, node.errorSentCount > 0, node.contentRefusedCount > 0,
      node.controlRefusedCount > 0,
    ])
  }
  scene.checkBounds()
}

/// A node with its surroundings.
private final class Party {
  let address: LinkAddress
  let pool: FramePool
  var node: Node
  var outbox = Outbox(capacity: 128)
  /// Frames on their way to it from its neighbour.
  var arriving: [[UInt8]] = []

  init(_ identity: Identity, _ address: LinkAddress, _ pool: FramePool, at now: Instant) {
    self.address = address
    self.pool = pool
    node = Node(identity: identity, pool: pool, entropy: SeededEntropy(seed: 6), at: now)
    node.logLevel = .debug
    expect(node.addLink(family: .ipv4) == 0, "the first link has number 0")
    do throws(UserError) {
      try node.addUser(password: Cast.password, login: nil, address: nil)
    } catch { fatalError("there is room for a user") }
  }

  func frame(_ bytes: [UInt8]) -> FrameBuffer {
    guard var frame = pool.take() else { fatalError("no frame is left") }
    frame.append(bytes.span)
    return frame
  }
}

private final class Scene {
  var now = Instant(milliseconds: 1_000_000)
  let node: Party
  let peer: Party
  let hostile: HostilePeer
  let hostileAddress = LinkAddress.ipv4(192, 0, 2, 3, port: 3003)

  init() {
    node = Party(Cast.identities[0], .ipv4(192, 0, 2, 1, port: 3001), pool, at: now)
    peer = Party(Cast.identities[1], .ipv4(192, 0, 2, 2, port: 3002), peerPool, at: now)
    hostile = HostilePeer(of: Cast.identities[0], pool: hostilePool, at: now)
    node.node.setBeacon(link: 0, mode: .accept, port: 3001, targets: [], at: now)
    dial()
  }

  func dial() {
    do throws(PeeringError) {
      try peer.node.connect(
        link: 0, address: node.address, key: node.node.identity.publicKey,
        password: Cast.password, login: nil, name: [], at: now, into: &peer.outbox)
    } catch {}
    collect(peer)
  }

  /// Until all know each other.
  func warmUp() {
    receive(hostile.say([], at: now), from: hostileAddress)
    receive(hostile.say([], at: now), from: hostileAddress)
    for _ in 0..<12 {
      while !node.arriving.isEmpty { receive(node.arriving.removeFirst(), from: peer.address) }
      while !peer.arriving.isEmpty { pass(peer.arriving.removeFirst()) }
      wait(60)
    }
  }

  // MARK: What can happen

  func step(_ input: inout Input) {
    let step = input.byte()
    let size = Int(step >> 4)
    switch step & 15 {
    case 0, 1:
      for _ in 0...size {
        if !node.arriving.isEmpty { receive(node.arriving.removeFirst(), from: peer.address) }
        if !peer.arriving.isEmpty { pass(peer.arriving.removeFirst()) }
      }
    case 2: change(&input, size)
    case 3: disturb(size)
    case 4: receive(input.counted(), from: peer.address)
    case 5: receive(input.counted(), from: .ipv4(192, 0, 2, input.byte(), port: 3003))
    case 6:
      node.node.receiveBeacon(
        node.frame(input.counted()), on: 0, from: .ipv4(192, 0, 2, UInt8(size), port: 64512),
        at: now, into: &node.outbox)
      collect(node)
    case 7:
      node.node.receiveFromTun(node.frame(input.counted()), at: now, into: &node.outbox)
      collect(node)
    case 8: send(from: size & 1 == 0 ? peer : node, to: size >> 1, input.counted())
    case 9: wait([1, 10, 100, 500, 1000, 5000, 20_000, 120_000][size & 7])
    case 10: receive(hostile.say(input.counted(), at: now), from: hostileAddress)
    case 11:
      let label = label(size, &input)
      receive(
        hostile.sayControl(input.counted(), label: label, at: now), from: hostileAddress)
    case 12, 13:
      let label = label(size, &input)
      let type = step & 15 == 12 ? DataHeader.routerMessage : input.word16()
      receive(
        hostile.sayInside(input.counted(), type: type, label: label, at: now),
        from: hostileAddress)
    case 14: operate(size, &input)
    default: receive(hostile.say([], at: now), from: hostileAddress)
    }
  }

  /// Most often that of the node itself.
  private func label(_ size: Int, _ input: inout Input) -> UInt64 {
    switch size {
    case 0..<8: HostilePeer.toRouter
    case 8..<14: 1 << 63 | UInt64(input.byte())
    default: input.word64()
    }
  }

  /// A frame of the real neighbour, changed or cut off.
  private func change(_ input: inout Input, _ size: Int) {
    let position = input.word16()
    let change = input.byte()
    guard var frame = node.arriving.first else { return }
    if size == 15 {
      frame.removeLast(Int(position) % frame.count)
    } else {
      frame[Int(position) % frame.count] ^= change | 1
    }
    receive(frame, from: peer.address)
  }

  /// The real neighbour's frames are lost, repeated, reordered, or come from somewhere else.
  private func disturb(_ size: Int) {
    switch size {
    case 0, 1: if !peer.arriving.isEmpty { peer.arriving.removeFirst() }
    case 2, 3: if !peer.arriving.isEmpty { peer.arriving.append(peer.arriving.removeFirst()) }
    default:
      guard let frame = node.arriving.first else { return }
      if size & 3 == 0 { return receive(frame, from: peer.address) }
      node.arriving.removeFirst()
      if size & 3 == 1 { node.arriving.append(frame) }
      if size & 3 == 2 { receive(frame, from: .ipv4(198, 51, 100, UInt8(size), port: 1)) }
    }
  }

  private func operate(_ size: Int, _ input: inout Input) {
    let known = Cast.identities[Int(input.byte() & 3)].publicKey
    let route = Route(
      key: known, address: known.address, version: 21, label: Label(label(size, &input)))
    switch size {
    case 0: _ = node.node.resetSession(address: known.address, at: now)
    case 1: _ = node.node.resetPeering(key: known, at: now)
    case 2: _ = node.node.disconnect(key: known, at: now)
    case 3: dial()
    case 4: node.node.search(for: known.address, token: 1, at: now, into: &node.outbox)
    case 5, 6, 14:
      _ = node.node.switchPing(
        size == 5 ? .keyPing : .ping, label: route.label, data: known.bytes.span, timeout: 2000,
        token: 2, at: now, into: &node.outbox)
    default:
      let query = [
        Router.Query.ping, .peers(from: route.label), .find(known.address),
        .nextHop(known.address),
      ][size & 3]
      _ = node.node.ask(
        query, of: route, timeout: nil, token: 3, at: now, into: &node.outbox)
    }
    collect(node)
  }

  // MARK: The world

  private func send(from party: Party, to number: Int, _ payload: [UInt8]) {
    let key = Cast.identities[number & 3].publicKey
    var frame = party.frame(payload)
    IPv6Header(
      payloadByteCount: UInt16(payload.count), nextHeader: 17, hopLimit: 64,
      source: party.node.address, destination: key.address
    ).push(onto: &frame)
    party.node.receiveFromTun(frame, at: now, into: &party.outbox)
    collect(party)
  }

  private func receive(_ bytes: [UInt8], from address: LinkAddress) {
    node.node.receive(node.frame(bytes), on: 0, from: address, at: now, into: &node.outbox)
    collect(node)
  }

  private func pass(_ bytes: [UInt8]) {
    peer.node.receive(peer.frame(bytes), on: 0, from: node.address, at: now, into: &peer.outbox)
    collect(peer)
  }

  private func wait(_ milliseconds: UInt64) {
    now = now + milliseconds
    for party in [node, peer] {
      var wakeCount = 0
      while party.node.nextDeadline <= now {
        wakeCount += 1
        expect(wakeCount < 50, "a node does not want to be woken for ever")
        party.node.wake(at: now, into: &party.outbox)
        collect(party)
      }
    }
  }

  private func collect(_ party: Party) {
    var answers: [[UInt8]] = []
    while let departure = party.outbox.pop() {
      let bytes = [UInt8](copying: departure.frame.span)
      switch departure.destination {
      case .tun: if party === node { checkDelivery(bytes) }
      case .link(_, hostileAddress):
        if let answer = hostile.hear(bytes, at: now) { answers.append(answer) }
      case .link(_, let address):
        let other = party === node ? peer : node
        if address == other.address, other.arriving.count < 24 { other.arriving.append(bytes) }
      }
    }
    while party.node.takeEvent() != nil {}
    for answer in answers { receive(answer, from: hostileAddress) }
  }

  /// What the operating system is given is an IPv6 packet for this node, or an error about one of
  /// its own.
  private func checkDelivery(_ packet: [UInt8]) {
    guard let header = try? IPv6Header(packet.span) else {
      fatalError("what is delivered is an IPv6 packet")
    }
    expect(Int(header.payloadByteCount) == packet.count - 40, "it has the length that it says")
    expect(header.source.isNode, "it comes from a node")
    if header.source == node.node.address, header.nextHeader == ICMPv6Error.nextHeader { return }
    expect(header.destination == node.node.address, "it is for this node")
  }

  func checkBounds() {
    expect(node.node.peerCount <= PeeringLimits().peerCountMax, "peers are bounded")
    expect(node.node.nodeCount <= RouterLimits().nodeCountMax, "nodes are bounded")
    expect(node.node.sessionCount <= NodeLimits().sessionCountMax, "sessions are bounded")
  }
}
