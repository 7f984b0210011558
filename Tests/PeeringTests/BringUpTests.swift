import Bytes
import Cryptography
import Testing
import Wire

@testable import Peering
@testable import Sessions

@Suite struct BringUpTests {
  private struct Two {
    let network = TestNetwork(seed: 3)
    let a: TestNode
    let b: TestNode

    init() {
      let random = SeededEntropy(seed: 4)
      a = network.add(.generate(random), at: .ipv4(10, 0, 0, 1, port: 1000), seed: 5)
      b = network.add(.generate(random), at: .ipv4(10, 0, 0, 2, port: 2000), seed: 6)
    }

    var areUp: Bool {
      [(a, b), (b, a)].allSatisfy { one, other in
        one.state(of: other.key, at: network.now) == .established
          && one.peering.slot(of: other.key).map { one.peering.report(slot: $0) != nil } == true
      }
    }

    func user(of node: TestNode) -> String? {
      node.peering.record(at: 0, now: network.now).map { String(decoding: $0.user, as: UTF8.self) }
    }
  }

  @Test(arguments: [nil, "carol"] as [String?])
  func `a dialler with a password is in within four packets`(login: String?) throws {
    let two = Two()
    try two.b.peering.addUser(
      password: Array("pw".utf8), login: login.map { Array($0.utf8) }, address: nil)
    two.network.connect(two.a, to: two.b, password: "pw", login: login)
    two.network.run(milliseconds: 60)
    #expect(two.areUp)
    #expect(two.user(of: two.b) == login ?? "Anon #0")
    #expect(two.b.peering.counters.handshakeTrialCount == 1)
    two.network.runWithTraffic(two.a, two.b, milliseconds: 1000)
    #expect(two.a.arrivals.count == 10 && two.b.arrivals.count == 10)
  }

  @Test func `a user with a login may come without it`() throws {
    let two = Two()
    try two.b.peering.addUser(
      password: Array("pw".utf8), login: Array("carol".utf8), address: nil)
    two.network.connect(two.a, to: two.b, password: "pw")
    two.network.run(milliseconds: 60)
    #expect(two.areUp && two.user(of: two.b) == "carol")
  }

  @Test func `names are made up for users without a login`() throws {
    let two = Two()
    for number in 0..<3 {
      try two.b.peering.addUser(password: Array("pw\(number)".utf8), login: nil, address: nil)
    }
    #expect(two.b.peering.removeUser(login: Array("Anon #0".utf8)) == 1)
    try two.b.peering.addUser(password: Array("pw".utf8), login: nil, address: nil)
    #expect(two.b.peering.userCount == 3)
    #expect(two.b.peering.userLogin(at: 2) == Array("Anon #3".utf8))
  }

  @Test(arguments: ["wrong", nil] as [String?])
  func `a wrong password costs no operation on a curve and leads nowhere`(password: String?) throws
  {
    let two = Two()
    try two.b.peering.addUser(password: Array("pw".utf8), login: nil, address: nil)
    two.network.connect(two.a, to: two.b, password: password)
    two.network.run(milliseconds: 30_000)
    #expect(two.b.peering.peerCount == 0)
    #expect(two.b.peering.counters.handshakeTrialCount == 0)
    #expect(two.b.peering.counters.refusedCount > 10)
    #expect(two.a.state(of: two.b.key, at: two.network.now) == .unresponsive)
  }

  @Test func `the right login with a wrong password is refused`() throws {
    let two = Two()
    try two.b.peering.addUser(
      password: Array("pw".utf8), login: Array("carol".utf8), address: nil)
    two.network.connect(two.a, to: two.b, password: "guess", login: "carol")
    two.network.run(milliseconds: 5000)
    #expect(two.b.peering.peerCount == 0)
    #expect(two.b.peering.counters.undecryptableCount > 0)
  }

  @Test func `a user bound to an address is that node only`() throws {
    let two = Two()
    try two.b.peering.addUser(
      password: Array("pw".utf8), login: nil, address: two.b.key.address)
    two.network.connect(two.a, to: two.b, password: "pw")
    two.network.run(milliseconds: 3000)
    #expect(two.b.peering.peerCount == 0)
    #expect(two.b.peering.removeUser(login: Array("Anon #0".utf8)) == 1)
    try two.b.peering.addUser(
      password: Array("pw".utf8), login: nil, address: two.a.key.address)
    two.network.run(milliseconds: 1500)
    #expect(two.areUp)
  }

  @Test func `two that dial each other at once meet in one session`() throws {
    let two = Two()
    try two.a.peering.addUser(password: Array("a".utf8), login: nil, address: nil)
    try two.b.peering.addUser(password: Array("b".utf8), login: nil, address: nil)
    two.network.connect(two.a, to: two.b, password: "b")
    two.network.connect(two.b, to: two.a, password: "a")
    two.network.run(milliseconds: 1500)
    #expect(two.areUp)
    #expect(two.a.peering.peerCount == 1 && two.b.peering.peerCount == 1)
    two.network.runWithTraffic(two.a, two.b, milliseconds: 1000)
    #expect(two.a.arrivals.count == 10 && two.b.arrivals.count == 10)
  }

  @Test(arguments: 0..<3)
  func `beacons bring neighbours together`(seed: Int) {
    let network = TestNetwork(seed: UInt64(seed))
    let random = SeededEntropy(seed: UInt64(40 + seed))
    let nodes = (1...4).map {
      network.add(
        .generate(random), at: .ipv4(10, 0, 0, UInt8($0), port: 1000), seed: UInt64($0 + 9 * seed))
    }
    for node in nodes { node.sendBeacons(at: network.now) }
    network.run(milliseconds: 3000)
    for one in nodes {
      for other in nodes where other !== one {
        #expect(one.state(of: other.key, at: network.now) == .established)
      }
      #expect(one.peering.peerCount == 3)
    }
    // One starts anew: the others let it in by its next beacon, with a password of that life.
    network.nodes.removeAll { $0 === nodes[3] }
    let again = network.add(nodes[3].identity, at: nodes[3].address, seed: 99)
    again.sendBeacons(at: network.now)
    network.run(milliseconds: 5000)
    for one in nodes.dropLast() {
      #expect(one.state(of: again.key, at: network.now) == .established)
      #expect(again.state(of: one.key, at: network.now) == .established)
    }
  }

  @Test func `an old link gets new keys without losing a packet`() throws {
    let two = Two()
    try two.b.peering.addUser(password: Array("pw".utf8), login: nil, address: nil)
    two.network.connect(two.a, to: two.b, password: "pw")
    two.network.run(milliseconds: 20_000)
    // As if it had been an hour.
    let machine = two.a.peering.peers[0]!.session.current
    machine.establishedAt = Instant(milliseconds: machine.establishedAt.milliseconds - 3_590_000)
    two.a.arrivals = []
    two.b.arrivals = []
    let handshakesBefore = two.network.recorded.filter { $0.bytes[0..<3] == [0, 0, 0] }
      .filter { $0.bytes[3] < 4 }.count
    two.network.runWithTraffic(two.a, two.b, milliseconds: 60_000)
    #expect(two.a.arrivals.count == 600 && two.b.arrivals.count == 600)
    let handshakes = two.network.recorded.filter { $0.bytes[0..<3] == [0, 0, 0] }
      .filter { $0.bytes[3] < 4 }.count
    #expect(handshakes > handshakesBefore && handshakes <= handshakesBefore + 6)
  }

  @Test func `one that came in before a restart is found again by the listener`() throws {
    let two = Two()
    try two.b.peering.addUser(password: Array("pw".utf8), login: nil, address: nil)
    two.network.connect(two.a, to: two.b, password: "pw")
    two.network.run(milliseconds: 5000)
    let remembered = two.b.peering.memory().peers
    #expect(remembered.count == 1)
    two.network.nodes.removeAll { $0 === two.b }
    let again = two.network.add(two.b.identity, at: two.b.address, seed: 77)
    try again.peering.addUser(password: Array("pw".utf8), login: nil, address: nil)
    two.network.act(again) { outbox in
      try! again.peering.dialRemembered(
        remembered[0], at: two.network.now, entropy: again.entropy, into: &outbox)
    }
    two.network.run(milliseconds: 100)
    #expect(again.state(of: two.a.key, at: two.network.now) == .established)
    #expect(two.a.state(of: two.b.key, at: two.network.now) == .established)
    two.network.runWithTraffic(two.a, again, milliseconds: 1000)
    #expect(again.arrivals.count == 10)
  }
}
