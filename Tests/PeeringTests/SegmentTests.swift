import Bytes
import Cryptography
import Sessions
import Testing
import Wire

@testable import Peering

/// Neighbours on one Ethernet segment, who know of each other by beacons alone.
@Suite struct SegmentTests {
  static func card(_ number: Int) -> LinkAddress {
    .ethernet([2, 0, 0, 0, UInt8(number >> 8), UInt8(number & 255)].span)
  }

  /// A segment of nodes, each in the network of its name (nil: in none).
  static func segment(_ names: [String?], seed: UInt64 = 1) -> TestNetwork {
    let network = TestNetwork(seed: seed)
    let random = SeededEntropy(seed: seed + 40)
    for (number, name) in names.enumerated() {
      let node = network.add(
        .generate(random), at: card(number), seed: seed + UInt64(number) + 50, meshName: name)
      node.sendBeacons(at: network.now)
    }
    return network
  }

  static func areUp(_ network: TestNetwork, _ a: Int, _ b: Int) -> Bool {
    let (one, other) = (network.nodes[a], network.nodes[b])
    return one.state(of: other.key, at: network.now) == .established
      && other.state(of: one.key, at: network.now) == .established
  }

  @Test(arguments: [2, 3, 8])
  func `all find each other`(count: Int) {
    let network = Self.segment(.init(repeating: nil, count: count))
    network.run(milliseconds: 1000)
    for a in 0..<count {
      #expect(network.nodes[a].peering.peerCount == count - 1)
      for b in 0..<a { #expect(Self.areUp(network, a, b)) }
    }
  }

  @Test func `what radios say is kept with the peer at that address`() throws {
    let network = Self.segment([nil, nil])
    network.run(milliseconds: 1000)
    let node = network.nodes[0]
    func known() -> RadioState? { node.peering.record(at: 0, now: network.now)?.radio }
    #expect(known() == nil)
    node.peering.heard(signal: -60, bitRate: 6000, from: Self.card(7), on: 0)
    #expect(known() == nil)
    node.peering.heard(signal: -60, bitRate: 6000, from: Self.card(1), on: 0)
    #expect(known()?.signal == -60 && known()?.bitRate == 6000)
    // As good as the same.
    let before = try #require(known())
    node.peering.heard(signal: -63, bitRate: 6000, from: Self.card(1), on: 0)
    #expect(known() === before)
    node.peering.heard(signal: -64, bitRate: 6000, from: Self.card(1), on: 0)
    #expect(known()?.signal == -64)
    let state = RadioState(
      signal: -40, bitRate: 54_000, throughput: 20_000, sent: 1, retries: 0, failed: 0)
    let isSilent = node.peering.setRadio(state, of: Self.card(1), on: 0)
    #expect(!isSilent && known() === state)
    let slot = node.peering.slot(of: network.nodes[1].key)
    let report = node.peering.report(slot: try #require(slot))
    #expect(report?.airtime == state.airtime)
    // It is heard no more: the radio may let go of it.
    network.lossPercent = 100
    network.run(milliseconds: 10_000)
    let isSilentNow = node.peering.setRadio(state, of: Self.card(1), on: 0)
    #expect(isSilentNow)
    let isStranger = node.peering.setRadio(state, of: Self.card(7), on: 0)
    #expect(!isStranger)
  }

  @Test func `a beacon that is lost is soon followed by another`() {
    let network = Self.segment([nil, nil])
    network.lossPercent = 100
    network.run(milliseconds: 2000)
    network.lossPercent = 0
    network.run(milliseconds: 2000)
    #expect(Self.areUp(network, 0, 1))
  }

  @Test func `networks with names keep to themselves`() {
    let network = Self.segment(["north", "south", "north", "south"])
    network.run(milliseconds: 40_000)
    for node in network.nodes { #expect(node.peering.peerCount == 1) }
    #expect(Self.areUp(network, 0, 2) && Self.areUp(network, 1, 3))
    #expect(network.nodes[0].peering.counters.beaconRefusedCount > 0)
  }

  @Test func `the password of a network is what its name gives, and a zero`() {
    // printf north | sha256sum, in base 32 of cjdns addresses.
    let password = copy(Peering.password(ofNetwork: Array("north".utf8)).span)
    #expect(String(decoding: password.dropLast(), as: UTF8.self) == "wqfwpwkuwjy3y13stgu")
    #expect(password.count == 20 && password.last == 0)
  }

  @Test(arguments: [false, true])
  func `who knows the name of a network is let in where it is used, nowhere else`(login: Bool) {
    let network = Self.segment(["north", "south"])
    let password = copy(Peering.password(ofNetwork: Array("north".utf8)).span)
    let random = SeededEntropy(seed: 77)
    for (number, node) in network.nodes.enumerated() {
      let before = node.peering.counters
      let session = Session(
        identity: .generate(random), peer: node.key, requireAuthentication: false, at: network.now)
      session.setCredentials(password: password, login: login ? Peering.loginBytes : nil)
      var frame = FramePool(frameCount: 1).take()!
      session.encrypt(&frame, at: network.now, entropy: random)
      network.deliver(
        .init(time: 0, from: Self.card(500), to: node.address, bytes: copy(frame.span)))
      let isTried = node.peering.counters.handshakeTrialCount > before.handshakeTrialCount
      let isLetIn = node.peering.peerCount == 1
      #expect(isLetIn == (number == 0))
      // By a login it cannot be told before the handshake is opened.
      #expect(isTried == (number == 0 || login))
    }
  }

  @Test func `a node that starts anew is back with its first beacon`() {
    let network = Self.segment([nil, nil, nil])
    network.run(milliseconds: 20_000)
    // Whoever dialled whom.
    for number in 0..<3 {
      let old = network.nodes[number]
      network.nodes[number] = TestNode(
        old.identity, at: old.address, seed: 900 + UInt64(number), now: network.now)
      network.nodes[number].sendBeacons(at: network.now)
      network.run(milliseconds: 1500)
      for other in 0..<3 where other != number { #expect(Self.areUp(network, number, other)) }
      network.run(milliseconds: 20_000)
    }
  }

  @Test func `whoever comes anew hears of those who are there at once, before their HELLO`() {
    let network = Self.segment([nil, nil])
    network.run(milliseconds: 40_000)
    network.recorded = []
    let late = network.add(.generate(SeededEntropy(seed: 3)), at: Self.card(9), seed: 8)
    late.sendBeacons(at: network.now)
    network.run(milliseconds: 500)
    for node in network.nodes.dropLast() {
      let sent = network.recorded.filter { flight in
        flight.from == node.address && (flight.to == TestNode.allCards || flight.to == late.address)
      }
      #expect(sent.prefix(2).map(\.to) == [TestNode.allCards, late.address])
    }
    #expect(network.recorded.count { $0.to == TestNode.allCards } == 3)
  }

  /// A node of today holds on to the session of our former life, in which we came in with its
  /// password: it takes no KEY without that password, which only its beacon tells.
  @Test(arguments: [false, true])
  func `who wants a password in the KEY gets it with its next beacon`(isLower: Bool) throws {
    let network = Self.segment([nil])
    let node = network.nodes[0]
    let random = SeededEntropy(seed: 7)
    var strict = Identity.generate(random)
    while (strict.publicKey < node.key) != isLower { strict = .generate(random) }
    let password = [UInt8](repeating: 9, count: 20)
    var users = UserTable()
    try users.add(password: password.span, login: Peering.loginBytes, address: nil)
    let pool = FramePool(frameCount: 1)
    let session = CryptoAuth(
      identity: strict, peer: node.key, requireAuthentication: true, at: network.now)
    session.setCredentials(
      password: copy(node.peering.beaconPassword.span), login: Peering.loginBytes)
    func run(milliseconds: Int) {
      for step in 0..<milliseconds / 10 {
        if step % 50 == 0 {
          var frame = pool.take()!
          session.encrypt(&frame, at: network.now, entropy: random)
          network.deliver(
            .init(time: 0, from: Self.card(7), to: node.address, bytes: copy(frame.span)))
        }
        network.run(milliseconds: 10)
        for flight in network.recorded where flight.to == Self.card(7) {
          var frame = pool.take()!
          frame.append(flight.bytes.span)
          _ = try? session.decrypt(&frame, users: users, at: network.now)
        }
        network.recorded = []
      }
    }
    run(milliseconds: 3000)
    #expect(!session.isEstablished)
    var beacon = [UInt8](repeating: 0, count: Beacon.byteCount)
    var bytes = beacon.mutableSpan
    Beacon(
      version: 20, password: FixedBytes(copying: password.span), publicKey: strict.publicKey.bytes
    )
    .emit(into: &bytes)
    network.deliver(.init(time: 0, from: Self.card(7), to: TestNode.allCards, bytes: beacon))
    run(milliseconds: 2000)
    #expect(session.isEstablished)
    #expect(node.state(of: strict.publicKey, at: network.now) == .established)
    #expect(node.peering.peerCount == 1)
  }

  @Test func `a link without a carrier is given up at once, and back at once`() {
    let network = Self.segment([nil, nil])
    network.run(milliseconds: 5000)
    let node = network.nodes[0]
    node.events = []
    network.act(node) { _ in node.peering.setLink(0, isUp: false, at: network.now) }
    #expect(node.events.contains { if case .gone = $0 { true } else { false } })
    network.lossPercent = 100
    network.run(milliseconds: 40_000)
    network.lossPercent = 0
    node.events = []
    network.act(node) { _ in node.peering.setLink(0, isUp: true, at: network.now) }
    // The other end has noticed nothing, and is told so by a beacon.
    node.sendBeacons(at: network.now)
    network.run(milliseconds: 100)
    #expect(node.events.contains { if case .up = $0 { true } else { false } })
  }

  /// Beacons of nodes that are not there, each with another card, as fast as they come.
  @Test func `a flood of beacons costs few handshakes and keeps no neighbour out for long`() {
    let network = Self.segment([nil, nil])
    network.run(milliseconds: 3000)
    let node = network.nodes[0]
    let random = SeededEntropy(seed: 5)
    let keys = (0..<20).map { _ in Identity.generate(random).publicKey }
    network.recorded = []
    func flood(seconds: Int) {
      for round in 0..<seconds * 50 {
        for i in 0..<10 {
          var bytes: [UInt8] = [0, 0, 0, 21] + [UInt8](repeating: UInt8(round & 255), count: 20)
          bytes += copy(keys[(round + i) % 20].bytes.span)
          let card = Self.card(1000 + Int(random.random(below: 60_000)))
          network.act(node) { outbox in
            node.peering.receiveBeacon(
              bytes.span, on: 0, from: card, at: network.now, entropy: random, into: &outbox)
          }
        }
        network.run(milliseconds: 20)
      }
    }
    flood(seconds: 20)
    let hellos = network.recorded.filter {
      $0.from == node.address && $0.bytes.prefix(3) == [0, 0, 0] && $0.bytes[3] < 2
    }
    // 10,000 beacons: 16 and 4 a second are believed, each is asked four times at most.
    #expect(hellos.count > 50 && hellos.count < 4 * (16 + 4 * 20))
    #expect(node.peering.peerCount <= 1 + node.peering.limits.tentativeCountMax)
    #expect(node.peering.slots.count == 1)
    #expect(Self.areUp(network, 0, 1))
    // Who calls by itself is let in all the while.
    let late = network.add(.generate(random), at: Self.card(9), seed: 8)
    late.sendBeacons(at: network.now)
    network.deliver(
      .init(
        time: 0, from: node.address, to: TestNode.allCards, bytes: Self.beacon(of: node)))
    flood(seconds: 1)
    #expect(late.state(of: node.key, at: network.now) == .established)
    network.run(milliseconds: 60_000)
    #expect(node.peering.peerCount == 2)
  }

  static func beacon(of node: TestNode) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: Beacon.byteCount)
    var span = bytes.mutableSpan
    Beacon(
      version: 21, password: node.peering.beaconPassword, publicKey: node.key.bytes
    ).emit(into: &span)
    return bytes
  }
}
