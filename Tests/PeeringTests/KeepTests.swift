import Bytes
import Cryptography
import Sessions
import Testing
import Wire

@testable import Peering

/// What happens when a node that runs is told again who its neighbours are, and who may come in.
@Suite struct KeepTests {
  let network = TestNetwork(seed: 11)
  let a: TestNode
  let b: TestNode

  init() throws {
    let entropy = SeededEntropy(seed: 5)
    a = network.add(.generate(entropy), at: .ipv4(10, 0, 0, 1, port: 1), seed: 1)
    b = network.add(.generate(entropy), at: .ipv4(10, 0, 0, 2, port: 1), seed: 2)
    try b.peering.addUser(password: Array("pass".utf8), login: Array("ann".utf8), address: nil)
  }

  func keep(
    _ node: TestNode, _ other: TestNode, at address: LinkAddress? = nil, password: String = "pass",
    name: String = ""
  ) -> EntryChange? {
    var change: EntryChange?
    network.act(node) { outbox in
      change = try? node.peering.connect(
        link: 0, address: address ?? other.address, key: other.key, password: Array(password.utf8),
        login: nil, name: Array(name.utf8), version: 0, keepsSession: true, at: network.now,
        entropy: node.entropy, into: &outbox)
    }
    return change
  }

  func record(_ node: TestNode) -> PeerRecord? { node.peering.record(at: 0, now: network.now) }

  @Test func `who is there stays with its session`() {
    #expect(keep(a, b) == .new)
    network.run(milliseconds: 1000)
    network.runWithTraffic(a, b, milliseconds: 1000)
    let before = record(a)
    #expect(before?.state == .established && before?.configuredAddress == b.address)
    #expect(keep(a, b) == EntryChange.none)
    #expect(keep(a, b, name: "b") == .changed)
    #expect(keep(a, b, password: "other", name: "b") == .changed)
    #expect(keep(a, b, password: "other", name: "b") == EntryChange.none)
    let after = record(a)
    #expect(after?.state == .established && after?.bytesIn == before?.bytesIn)
    #expect(after?.user == Array("b".utf8) && after?.slot == before?.slot)
    let arrived = b.arrivals.count
    network.runWithTraffic(a, b, milliseconds: 1000)
    #expect(b.arrivals.count == arrived + 10)
    // Without the wish to keep it, it is another one.
    network.connect(a, to: b, password: "pass")
    #expect(record(a)?.state == .unauthenticated && record(a)?.bytesIn == 0)
  }

  @Test func `a wrong password is tried no more once the right one is known`() {
    #expect(keep(a, b, password: "wrong") == .new)
    network.run(milliseconds: 3000)
    #expect(record(a)?.state != .established)
    #expect(keep(a, b) == .changed)
    network.run(milliseconds: 3000)
    #expect(record(a)?.state == .established)
  }

  @Test func `who has moved is known by where it was told to be`() {
    let home = b.address
    #expect(keep(a, b) == .new)
    network.runWithTraffic(a, b, milliseconds: 2000)
    b.address = .ipv4(10, 0, 0, 9, port: 9)
    network.runWithTraffic(a, b, milliseconds: 4000)
    #expect(record(a)?.linkAddress == b.address && record(a)?.configuredAddress == home)
    #expect(keep(a, b, at: home) == EntryChange.none)
    #expect(record(a)?.state == .established && a.peering.peerCount == 1)
  }

  @Test func `who has come in becomes one that is never given up`() {
    network.connect(a, to: b, password: "pass")
    network.runWithTraffic(a, b, milliseconds: 2000)
    let before = record(b)
    #expect(before?.isIncoming == true && before?.configuredAddress == nil)
    #expect(keep(b, a, password: "x") == .changed)
    let after = record(b)
    #expect(after?.isIncoming == false && after?.configuredAddress == a.address)
    #expect(after?.bytesIn == before?.bytesIn && after?.state == .established)
    // It stays when the other one is away for longer than others are remembered.
    network.nodes.removeAll { $0 === a }
    network.run(milliseconds: PeerSupervision.forgetMilliseconds + 60_000)
    #expect(b.peering.peerCount == 1)
  }

  @Test func `who came in and has proved nothing is replaced`() {
    #expect(keep(a, b) == .new)
    // The first packet alone arrives.
    network.flights.removeAll { $0.to != b.address }
    network.now = network.now + 5
    for flight in network.flights { network.deliver(flight) }
    network.flights = []
    #expect(record(b)?.isIncoming == true)
    #expect(keep(b, a, password: "x") == .new)
    #expect(b.peering.peerCount == 1)
  }

  @Test func `one that was told to be somewhere is taken back alone`() {
    #expect(keep(a, b) == .new)
    let other = LinkAddress.ipv4(10, 0, 0, 7, port: 7)
    #expect(keep(a, b, at: other) == .new)
    #expect(a.peering.disconnect(key: b.key, address: other, link: 1, at: network.now) == 0)
    #expect(a.peering.disconnect(key: b.key, address: other, link: 0, at: network.now) == 1)
    #expect(a.peering.disconnect(key: b.key, address: other, link: 0, at: network.now) == 0)
    #expect(a.peering.peerCount == 1 && record(a)?.configuredAddress == b.address)
    // What came in was not told.
    network.run(milliseconds: 1000)
    #expect(b.peering.disconnect(key: a.key, address: a.address, link: 0, at: network.now) == 0)
    #expect(b.peering.disconnect(key: a.key, at: network.now) == 1)
  }

  // MARK: Users

  func keepUser(_ password: String, _ login: String?, address: IPv6Address? = nil) throws
    -> String
  {
    let (change, name) = try b.peering.keepUser(
      password: Array(password.utf8), login: login.map { Array($0.utf8) }, address: address)
    return "\(change) \(String(decoding: name, as: UTF8.self))"
  }

  var users: [String] {
    (0..<b.peering.userCount).map {
      String(decoding: b.peering.userLogin(at: $0), as: UTF8.self)
    }
  }

  @Test func `users stay, change and come`() throws {
    #expect(try keepUser("pass", "ann") == "none ann")
    #expect(try keepUser("pass", "ann", address: a.key.address) == "changed ann")
    #expect(try keepUser("pass", "ann", address: a.key.address) == "none ann")
    #expect(try keepUser("else", "ann") == "changed ann")
    #expect(try keepUser("else", "eve") == "changed eve")
    #expect(try keepUser("new", "zoe") == "new zoe")
    // Swapped: each takes the place of what is in the way.
    #expect(try keepUser("new", "eve") == "changed eve")
    #expect(try keepUser("else", "zoe") == "new zoe")
    #expect(users == ["eve", "zoe"])
    let made = try keepUser("free", nil)
    #expect(made.hasPrefix("new Anon #"))
    #expect(try keepUser("free", nil) == "none" + made.dropFirst(3))
    #expect(try keepUser("free", "bob") == "changed bob")
    #expect(try keepUser("free", nil).hasPrefix("changed Anon #"))
  }

  @Test func `nobody goes for one that cannot come, and beacons keep theirs`() throws {
    b.sendBeacons(at: network.now)
    #expect(throws: UserError.unusablePassword) { try keepUser("", "ann") }
    #expect(throws: UserError.unusablePassword) {
      try keepUser(String(repeating: "x", count: 65), "ann")
    }
    #expect(throws: UserError.unusableLogin) {
      try keepUser("pass", String(repeating: "x", count: 65))
    }
    #expect(users == ["ann", "Local Peers"])
    let beacons = b.peering.beaconPassword
    _ = try? b.peering.keepUser(
      password: Array(copying: beacons.span), login: Array("x".utf8), address: nil)
    #expect(users.contains("Local Peers"))
  }
}
