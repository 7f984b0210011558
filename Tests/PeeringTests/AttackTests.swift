import Bytes
import Cryptography
import Sessions
import Testing
import Wire

@testable import Peering

@Suite struct AttackTests {
  /// Two neighbours in a session, and somebody who hears all and says anything.
  private final class Scene {
    let network = TestNetwork(seed: 13)
    let a: TestNode
    let b: TestNode
    let random = SeededEntropy(seed: 14)

    init(beacons: Bool = false) {
      a = network.add(.generate(random), at: .ipv4(10, 0, 0, 1, port: 1000), seed: 15)
      b = network.add(.generate(random), at: .ipv4(10, 0, 0, 2, port: 2000), seed: 16)
      try! b.peering.addUser(password: Array("pw".utf8), login: nil, address: nil)
      network.connect(a, to: b, password: "pw")
      network.run(milliseconds: 4000)
      precondition(a.state(of: b.key, at: network.now) == .established)
    }

    /// Traffic flows while `attack` is made each 100 ms; all packets must arrive.
    func checkTraffic(rounds: Int, _ attack: (Int) -> Void) {
      a.arrivals = []
      b.arrivals = []
      for round in 0..<rounds {
        attack(round)
        network.runWithTraffic(a, b, milliseconds: 100)
      }
      #expect(a.arrivals.count == rounds && b.arrivals.count == rounds)
      #expect(a.state(of: b.key, at: network.now) == .established)
      #expect(b.state(of: a.key, at: network.now) == .established)
      #expect(a.pool.availableCount == 16 && b.pool.availableCount == 16)
    }

    func say(_ bytes: [UInt8], to node: TestNode, from source: LinkAddress) {
      network.deliver(
        TestNetwork.Flight(time: 0, from: source, to: node.address, bytes: bytes))
    }

    func somewhere() -> LinkAddress {
      let word = random.randomUInt32()
      return .ipv4(
        11, UInt8(word >> 24), UInt8(word >> 16 & 255), UInt8(word >> 8 & 255),
        port: UInt16(1024 + word % 60_000))
    }

    func hello(from identity: Identity, to node: TestNode, password: String?) -> [UInt8] {
      let session = Session(
        identity: identity, peer: node.key, requireAuthentication: false, at: network.now)
      session.setCredentials(password: password.map { Array($0.utf8) }, login: nil)
      let pool = FramePool(frameCount: 1)
      var frame = pool.take()!
      session.encrypt(&frame, at: network.now, entropy: random)
      return copy(frame.span)
    }
  }

  @Test func `forged run packets move no window and stop no traffic`() {
    let scene = Scene()
    let before = scene.b.peering.record(at: 0, now: scene.network.now)!
    scene.checkTraffic(rounds: 50) { _ in
      var forged = [UInt8](repeating: 0x99, count: 80)
      for counter: [UInt8] in [[0xff, 0xff, 0xff, 0xff], [0, 1, 0, 0], [0xff, 0xff, 0xff, 0xef]] {
        forged.replaceSubrange(0..<4, with: counter)
        scene.say(forged, to: scene.b, from: scene.a.address)
        scene.say(forged, to: scene.a, from: scene.b.address)
        scene.say(forged, to: scene.b, from: scene.somewhere())
      }
    }
    let after = scene.b.peering.record(at: 0, now: scene.network.now)!
    #expect(after.lostCount == before.lostCount)
    #expect(after.outOfRangeCount == before.outOfRangeCount)
    #expect(scene.b.peering.counters.undecryptableCount >= 150)
  }

  @Test func `everything ever said, said again, disturbs nothing`() {
    let scene = Scene()
    // A second life of the dialler, so that there are old HELLOs too.
    scene.network.act(scene.a) { _ in
      _ = scene.a.peering.resetPeering(key: nil, at: scene.network.now)
    }
    scene.network.run(milliseconds: 4000)
    let recorded = scene.network.recorded
    #expect(recorded.contains { $0.bytes[3] == 0 })
    scene.checkTraffic(rounds: 60) { round in
      for index in 0..<10 { scene.network.deliver(recorded[(10 * round + index) % recorded.count]) }
    }
    // From elsewhere they may begin something that leads to nothing, and is gone after 10 s.
    scene.checkTraffic(rounds: 60) { round in
      for index in 0..<10 {
        var flight = recorded[(10 * round + index) % recorded.count]
        flight.from = scene.somewhere()
        scene.network.deliver(flight)
      }
    }
    scene.network.run(milliseconds: 12_000)
    #expect(scene.a.peering.peerCount == 1 && scene.b.peering.peerCount == 1)
  }

  @Test func `strangers without a password cost no operation on a curve`() {
    let scene = Scene()
    let trials = scene.b.peering.counters.handshakeTrialCount
    let stranger = Identity.generate(scene.random)
    let plain = scene.hello(from: stranger, to: scene.b, password: nil)
    let wrong = scene.hello(from: stranger, to: scene.b, password: "guess")
    var strange = plain
    strange[4] = 3
    scene.checkTraffic(rounds: 20) { _ in
      for _ in 0..<50 {
        for packet in [plain, wrong, strange] {
          scene.say(packet, to: scene.b, from: scene.somewhere())
        }
      }
    }
    #expect(scene.b.peering.counters.handshakeTrialCount == trials)
    #expect(scene.b.peering.peerCount == 1)
  }

  @Test func `a flood of good HELLOs from spoofed sources is bounded and gets no slot`() {
    let scene = Scene()
    let trials = scene.b.peering.counters.handshakeTrialCount
    let identities = (0..<12).map { _ in Identity.generate(scene.random) }
    let hellos = identities.map { scene.hello(from: $0, to: scene.b, password: "pw") }
    let start = scene.network.now
    scene.checkTraffic(rounds: 50) { round in
      for i in 0..<40 {
        scene.say(hellos[(round + i) % hellos.count], to: scene.b, from: scene.somewhere())
      }
    }
    let limits = scene.b.peering.limits
    #expect(scene.b.peering.peerCount <= 1 + limits.candidateCountMaxPerUser)
    #expect(scene.b.peering.slots.count == 1)
    let seconds = Int(scene.network.now.since(start) / 1000) + 1
    #expect(
      scene.b.peering.counters.handshakeTrialCount - trials
        <= UInt64(limits.handshakeBurst + seconds * limits.handshakesPerSecond))
    // Room is left for who knows another password.
    try! scene.b.peering.addUser(password: Array("other".utf8), login: nil, address: nil)
    let third = scene.network.add(
      Identity.generate(scene.random), at: .ipv4(12, 0, 0, 1, port: 99), seed: 33)
    scene.network.run(milliseconds: 1000)
    scene.network.connect(third, to: scene.b, password: "other")
    scene.network.run(milliseconds: 1000)
    #expect(third.state(of: scene.b.key, at: scene.network.now) == .established)
    scene.network.run(milliseconds: 12_000)
    #expect(scene.b.peering.peerCount == 2)
  }

  @Test func `a flood of beacons is bounded, gets no slot, and is forgotten`() {
    let scene = Scene()
    scene.a.sendBeacons(at: scene.network.now)
    let keys = (0..<20).map { _ in Identity.generate(scene.random).publicKey }
    scene.checkTraffic(rounds: 50) { round in
      for i in 0..<20 {
        var bytes: [UInt8] = [0xff, 0xff, 0xff, 0xfc, 0, 0, 3, 0xe8, 0, 0, 0, 21]
        bytes += [UInt8](repeating: UInt8(round), count: 20)
        bytes += copy(keys[i].bytes.span)
        var source = scene.somewhere()
        source.port = 64512
        scene.network.act(scene.a) { outbox in
          scene.a.peering.receiveBeacon(
            bytes.span, on: 0, from: source, at: scene.network.now, entropy: scene.random,
            into: &outbox)
        }
      }
    }
    #expect(scene.a.peering.peerCount <= 1 + scene.a.peering.limits.tentativeCountMax)
    #expect(scene.a.peering.slots.count == 1)
    #expect(scene.a.peering.counters.beaconRefusedCount > 900)
    scene.network.run(milliseconds: 12_000)
    #expect(scene.a.peering.peerCount == 1)
  }

  @Test func `noise of every length is survived`() {
    let scene = Scene()
    scene.checkTraffic(rounds: 40) { _ in
      for _ in 0..<40 {
        var bytes = [UInt8](
          repeating: 0, count: Int(scene.random.random(below: 200)))
        for i in bytes.indices { bytes[i] = UInt8(truncatingIfNeeded: scene.random.next()) }
        if bytes.count > 4, scene.random.random(below: 2) == 0 {
          bytes[0] = 0
          bytes[1] = 0
          bytes[2] = 0
          bytes[3] &= 3
        }
        let source = scene.random.random(below: 2) == 0 ? scene.a.address : scene.somewhere()
        scene.say(bytes, to: scene.b, from: source)
      }
    }
  }
}
