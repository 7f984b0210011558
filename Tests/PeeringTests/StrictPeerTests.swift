import Bytes
import Cryptography
import Sessions
import Testing
import Wire

@testable import Peering

/// A neighbour that does what links.md section 3 says of today's nodes, and no more: one set of
/// keys, no roaming, a ping each second to who is silent for three.
private final class StrictPeer {
  let identity: Identity
  let address: LinkAddress
  let pool = FramePool(frameCount: 4)
  let entropy: SeededEntropy
  var users = UserTable()
  var sessions: [LinkAddress: CryptoAuth] = [:]
  var lastMessage: [LinkAddress: Instant] = [:]
  var nextCycle = Instant(milliseconds: 0)
  var dataCount = 0
  var out: [(LinkAddress, [UInt8])] = []

  init(_ identity: Identity, at address: LinkAddress, seed: UInt64) {
    self.identity = identity
    self.address = address
    entropy = SeededEntropy(seed: seed)
  }

  func send(_ content: [UInt8], to peer: LinkAddress, at now: Instant) {
    var frame = pool.take()!
    frame.append(content.span)
    sessions[peer]!.encrypt(&frame, at: now, entropy: entropy)
    out.append((peer, copy(frame.span)))
  }

  static var header: [UInt8] { [0x80, 0, 0, 0, 0, 0, 0, 1, 0, 0x44, 0xff, 0xff] }

  func ping(_ peer: LinkAddress, at now: Instant) {
    var frame = pool.take()!
    _ = ControlFrame.build(&frame, kind: .ping, version: 20, data: [1, 2, 3, 4].span)
    send(Self.header + copy(frame.span), to: peer, at: now)
  }

  func receive(_ bytes: [UInt8], from peer: LinkAddress, at now: Instant) {
    var frame = pool.take()!
    frame.append(bytes.span)
    let isNew = sessions[peer] == nil
    if isNew {
      guard bytes.count >= 120, bytes[0..<3] == [0, 0, 0], bytes[3] < 2 else { return }
    }
    let session =
      sessions[peer]
      ?? CryptoAuth(
        identity: identity, peer: PublicKey(copying: bytes.span.extracting(40..<72)),
        requireAuthentication: true, at: now)
    session.resetIfTimedOut(at: now)
    guard (try? session.decrypt(&frame, users: users, at: now)) != nil else { return }
    sessions[peer] = session
    let content = copy(frame.span)
    guard content.count >= 12 else { return }
    if session.isEstablished {
      lastMessage[peer] = now
    } else {
      guard content[7] == 1 else { return }
      ping(peer, at: now)
    }
    guard content.count >= 28, content[12] == 0xff else {
      dataCount += 1
      return
    }
    if content[19] == 3 { send(PongMaker.pong(to: content), to: peer, at: now) }
  }

  func wake(at now: Instant) {
    guard now >= nextCycle else { return }
    nextCycle = now + 1024
    for peer in sessions.keys.sorted(by: { $0.port < $1.port })
    where now.since(lastMessage[peer] ?? Instant(milliseconds: 0)) >= 3072 {
      ping(peer, at: now)
    }
  }

  func sendData(at now: Instant) {
    for (peer, session) in sessions where session.isEstablished {
      send(Self.header + [UInt8](repeating: 0x33, count: 60), to: peer, at: now)
    }
  }
}

private enum PongMaker {
  static func pong(to ping: [UInt8]) -> [UInt8] {
    var frame = Array(ping[16...])
    var bytes = frame.mutableSpan
    ControlFrame.beginAnswer(&bytes, kind: .pong, version: 20)
    ControlFrame.seal(&bytes)
    return StrictPeer.header + [0xff, 0xff, 0xff, 0xff] + frame
  }
}

@Suite struct StrictPeerTests {
  enum Fault: CaseIterable { case coldStart, loss, weMove, itRestarts, weRestart, weReset }

  @Test(arguments: Fault.allCases)
  func `towards a node of today traffic is back within 3 s`(fault: Fault) {
    let network = TestNetwork(seed: 5)
    let random = SeededEntropy(seed: 6)
    var ours = network.add(.generate(random), at: .ipv4(10, 0, 0, 1, port: 1000), seed: 7)
    let identity = Identity.generate(random)
    func makeStrict(seed: UInt64) -> StrictPeer {
      let peer = StrictPeer(identity, at: .ipv4(10, 0, 0, 2, port: 2000), seed: seed)
      try! peer.users.add(
        password: Array("pw".utf8).span, login: Array("us".utf8), address: nil)
      return peer
    }
    var strict = makeStrict(seed: 8)
    var isLost = false
    func connect() {
      network.act(ours) { outbox in
        try! ours.peering.connect(
          link: 0, address: strict.address, key: identity.publicKey, password: Array("pw".utf8),
          login: Array("us".utf8), name: [], version: 0, at: network.now, entropy: ours.entropy,
          into: &outbox)
      }
    }
    func run(_ milliseconds: UInt64) {
      for step in 0..<milliseconds / 10 {
        if step % 10 == 0 {
          network.act(ours) { ours.sendData(to: identity.publicKey, at: network.now, into: &$0) }
          strict.sendData(at: network.now)
        }
        network.run(milliseconds: 0)
        let toStrict = network.flights
        network.flights = []
        for flight in toStrict where !isLost && flight.to == strict.address {
          strict.receive(flight.bytes, from: flight.from, at: network.now)
        }
        strict.wake(at: network.now)
        let toUs = strict.out
        strict.out = []
        for (to, bytes) in toUs where !isLost && to == ours.address {
          network.deliver(
            TestNetwork.Flight(time: 0, from: strict.address, to: to, bytes: bytes))
        }
        network.now = network.now + 10
      }
    }
    if fault != .coldStart {
      connect()
      run(5000)
      #expect(ours.arrivals.count > 30 && strict.dataCount > 30)
    }
    switch fault {
    case .coldStart: connect()
    case .loss:
      isLost = true
      run(20_000)
      isLost = false
    case .weMove: ours.address = .ipv4(10, 0, 0, 9, port: 999)
    case .itRestarts: strict = makeStrict(seed: 9)
    case .weRestart:
      network.nodes = []
      ours = network.add(ours.identity, at: ours.address, seed: 10)
      connect()
    case .weReset: #expect(ours.peering.resetPeering(key: nil, at: network.now) == 1)
    }
    run(3000)
    ours.arrivals = []
    strict.dataCount = 0
    run(20_000)
    // Nothing is lost once it is back, and nothing opened anew without need.
    #expect(ours.arrivals.count >= 199 && strict.dataCount >= 199, "\(fault)")
    #expect(ours.state(of: identity.publicKey, at: network.now) == .established)
  }
}
