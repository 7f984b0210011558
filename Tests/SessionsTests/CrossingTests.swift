import Bytes
import Cryptography
import Testing

@testable import Sessions

/// A session of ours with a node that has one set of keys and keeps to the original, where both say
/// HELLO at the same time and packets overtake each other.
private final class Crossing {
  let pair = Pair()
  let ours: Side
  let strict: CryptoAuth
  let users = UserTable()
  let entropy = SeededEntropy(seed: 42)
  var now: Instant

  init(oursHasLowerKey: Bool, pair: Pair = Pair()) {
    now = pair.now
    ours = oursHasLowerKey ? pair.a : pair.b
    let other = oursHasLowerKey ? pair.b : pair.a
    strict = CryptoAuth(
      identity: other.identity, peer: ours.identity.publicKey, requireAuthentication: false, at: now
    )
  }

  func make(_ way: Side.Way = .encrypt) -> [UInt8] { ours.make([1], way, at: now) }

  func strictMakes() -> [UInt8] {
    var frame = pair.pool.take()!
    frame.append([2].span)
    strict.encrypt(&frame, at: now, entropy: entropy)
    return copy(frame.span)
  }

  func strictTakes(_ packet: [UInt8]) -> Session.Content? {
    var frame = pair.pool.take()!
    frame.append(packet.span)
    strict.resetIfTimedOut(at: now)
    return try? strict.decrypt(&frame, users: users, at: now)
  }

  func take(_ packet: [UInt8]) -> Session.Content? { ours.take(packet, at: now).content }

  func expectTalk() {
    #expect(strictTakes(make()) == .run)
    #expect(take(strictMakes()) == .run)
    #expect(ours.session.isEstablished && strict.isEstablished)
    #expect(!ours.session.needsProof)
  }
}

@Suite struct CrossingTests {
  /// How far the session is when the late HELLO comes.
  enum Progress: CaseIterable { case key, half, whole }

  @Test(arguments: Progress.allCases)
  func `the KEY for a HELLO of ours that came late is taken`(progress: Progress) {
    let nodes = Crossing(oursHasLowerKey: false)
    let late = nodes.make()
    #expect(nodes.take(nodes.strictMakes()) == .hello)
    #expect(nodes.strictTakes(nodes.make(.answer)) == .key)
    if progress != .key { #expect(nodes.take(nodes.strictMakes()) == .run) }
    if progress == .whole { #expect(nodes.strictTakes(nodes.make()) == .run) }
    let onItsWay = nodes.strictMakes()
    // Now it has forgotten everything else.
    #expect(nodes.strictTakes(late) == .hello)
    #expect(nodes.strictTakes(nodes.make()) == nil)
    #expect(nodes.take(nodes.strictMakes()) == .key)
    #expect(nodes.ours.session.needsProof && nodes.ours.session.canSend)
    #expect(nodes.take(onItsWay) == .run)
    nodes.expectTalk()
    nodes.expectTalk()
  }

  @Test func `before the KEY for a late HELLO comes, the handshake goes on as if it never would`() {
    let nodes = Crossing(oursHasLowerKey: false)
    _ = nodes.make()
    let hello = nodes.strictMakes()
    #expect(nodes.take(hello) == .hello)
    #expect(nodes.ours.session.state == .receivedHello)
    var again = nodes.strictMakes()
    #expect(again[3] == 1)
    #expect(nodes.take(again) == .hello)
    #expect(nodes.strictTakes(nodes.make(.answer)) == .key)
    again[3] = 0
    #expect(nodes.take(again) == nil)
    #expect(nodes.take(nodes.strictMakes()) == .run)
    nodes.expectTalk()
  }

  @Test func `a HELLO repeated while the KEY for the late one is there is answered by a KEY`() {
    let nodes = Crossing(oursHasLowerKey: false)
    let late = nodes.make()
    #expect(nodes.take(nodes.strictMakes()) == .hello)
    var again = nodes.strictMakes()
    #expect(again[3] == 1)
    #expect(nodes.strictTakes(nodes.make(.answer)) == .key)
    #expect(nodes.strictTakes(late) == .hello)
    #expect(nodes.take(nodes.strictMakes()) == .key)
    #expect(nodes.take(again) == .hello)
    #expect(nodes.make(.answer)[3] == 3)
    again[3] = 0
    #expect(nodes.take(again) == nil)
    nodes.expectTalk()
  }

  @Test func `the KEY for a late HELLO is taken for a few seconds only`() {
    let nodes = Crossing(oursHasLowerKey: false)
    let late = nodes.make()
    #expect(nodes.take(nodes.strictMakes()) == .hello)
    #expect(nodes.strictTakes(nodes.make(.answer)) == .key)
    #expect(nodes.take(nodes.strictMakes()) == .run)
    #expect(nodes.strictTakes(late) == .hello)
    let key = nodes.strictMakes()
    nodes.now = nodes.now + 5000
    #expect(nodes.take(key) == nil)
    #expect(!nodes.ours.session.isRenewing)
  }

  @Test(arguments: [0, 20_000])
  func `one who loses its keys before the late HELLO is forgotten is let in`(waited: UInt64) {
    let nodes = Crossing(oursHasLowerKey: false)
    _ = nodes.make()
    nodes.now = nodes.now + waited
    #expect(nodes.take(nodes.strictMakes()) == .hello)
    #expect(nodes.strictTakes(nodes.make(.answer)) == .key)
    #expect(nodes.take(nodes.strictMakes()) == .run)
    nodes.expectTalk()
    nodes.now = nodes.now + 4990
    nodes.strict.reset()
    #expect(nodes.take(nodes.strictMakes()) == .hello)
    nodes.now = nodes.now + 20
    #expect(nodes.strictTakes(nodes.make(.answer)) == .key)
    nodes.now = nodes.now + 20
    #expect(nodes.take(nodes.strictMakes()) == .run)
    nodes.expectTalk()
  }

  @Test func `a HELLO that crosses with one of a recording leaves the genuine answer its chance`() {
    let nodes = Crossing(oursHasLowerKey: false)
    let recorded = nodes.strictMakes()
    nodes.strict.reset()
    let hello = nodes.make()
    #expect(nodes.take(recorded) == .hello)
    _ = nodes.make(.answer)
    #expect(nodes.strictTakes(hello) == .hello)
    let key = nodes.strictMakes()
    #expect(nodes.take(key) == .key)
    // The same one again says nothing new.
    #expect(nodes.take(key) == nil)
    nodes.expectTalk()
  }

  @Test func `a forged or damaged KEY does not end the waiting for the one of a late HELLO`() {
    let nodes = Crossing(oursHasLowerKey: false)
    let late = nodes.make()
    #expect(nodes.take(nodes.strictMakes()) == .hello)
    #expect(nodes.strictTakes(nodes.make(.answer)) == .key)
    #expect(nodes.strictTakes(late) == .hello)
    let key = nodes.strictMakes()
    for index in stride(from: 4, to: key.count, by: 1) where index < 5 || index >= 16 {
      var bad = key
      bad[index] ^= 1
      #expect(nodes.take(bad) == nil)
    }
    #expect(nodes.take(key) == .key)
    nodes.expectTalk()
  }

  @Test func `a HELLO that comes after the KEY for ours does not touch keys that are good`() {
    let nodes = Crossing(oursHasLowerKey: true)
    let hello = nodes.make()
    let late = nodes.strictMakes()
    #expect(nodes.strictTakes(hello) == .hello)
    #expect(nodes.take(nodes.strictMakes()) == .key)
    #expect(nodes.take(late) == .hello)
    // It waits for nothing, so it does not want our answer.
    #expect(nodes.strictTakes(nodes.make(.answer)) == nil)
    #expect(nodes.ours.session.canSend)
    nodes.expectTalk()
  }

  @Test func `a peer that is new again when its KEY has just come is let in`() {
    let nodes = Crossing(oursHasLowerKey: true)
    #expect(nodes.strictTakes(nodes.make()) == .hello)
    #expect(nodes.take(nodes.strictMakes()) == .key)
    nodes.strict.reset()
    #expect(nodes.take(nodes.strictMakes()) == .hello)
    #expect(nodes.strictTakes(nodes.make(.answer)) == .key)
    #expect(nodes.take(nodes.strictMakes()) == .run)
    nodes.expectTalk()
  }

  @Test func `a KEY that was lost is asked for beside`() {
    let nodes = Crossing(oursHasLowerKey: true)
    #expect(nodes.strictTakes(nodes.make()) == .hello)
    #expect(nodes.take(nodes.strictMakes()) == .key)
    let run = nodes.make()
    let again = nodes.make(.reopen)
    #expect(nodes.strictTakes(run) == .run)
    let answer = nodes.strictMakes()
    #expect(nodes.strictTakes(again) == .hello)
    #expect(nodes.take(answer) == .run)
    #expect(nodes.take(nodes.strictMakes()) == .key)
    nodes.expectTalk()
  }

  @Test func `a handle belongs to the HELLO it answers`() {
    let nodes = Crossing(oursHasLowerKey: false)
    let late = nodes.make()
    #expect(nodes.take(nodes.strictMakes()) == .hello)
    nodes.ours.session.setPeerHandle(11)
    #expect(nodes.strictTakes(nodes.make(.answer)) == .key)
    #expect(nodes.take(nodes.strictMakes()) == .run)
    #expect(nodes.ours.session.peerHandle == 11)
    #expect(nodes.strictTakes(late) == .hello)
    #expect(nodes.take(nodes.strictMakes()) == .key)
    nodes.ours.session.setPeerHandle(22)
    #expect(nodes.ours.session.peerHandle == 22)
    nodes.expectTalk()
    #expect(nodes.ours.session.peerHandle == 22)
  }
}

/// What two do who begin at about the same time, each along several paths of different lengths, and
/// ask for nothing a second time: a HELLO is answered by a KEY, a KEY by a run packet.
@Suite struct CrossingOrderTests {
  private enum Party {
    case ours(Side)
    case strict(CryptoAuth, Pair)

    func make(_ way: Side.Way, at now: Instant) -> [UInt8] {
      switch self {
      case .ours(let side): return side.make([1], way, at: now)
      case .strict(let machine, let pair):
        var frame = pair.pool.take()!
        frame.append([1].span)
        machine.encrypt(&frame, at: now, entropy: SeededEntropy(seed: now.milliseconds))
        return copy(frame.span)
      }
    }

    func take(_ packet: [UInt8], at now: Instant) -> Session.Content? {
      switch self {
      case .ours(let side): return side.take(packet, at: now).content
      case .strict(let machine, let pair):
        var frame = pair.pool.take()!
        frame.append(packet.span)
        machine.resetIfTimedOut(at: now)
        return try? machine.decrypt(&frame, users: UserTable(), at: now)
      }
    }
  }

  enum Others: CaseIterable { case none, lower, higher }

  @Test(arguments: Others.allCases)
  func `in whatever order the packets of crossing HELLOs come, both talk then`(others: Others) {
    var failed = 0
    for seed in 0..<100 {
      let pair = Pair(seed: UInt64(seed) + 1000)
      let random = SeededEntropy(seed: UInt64(seed))
      func party(_ side: Side, _ peer: Side, isStrict: Bool) -> Party {
        guard isStrict else { return .ours(side) }
        let machine = CryptoAuth(
          identity: side.identity, peer: peer.identity.publicKey, requireAuthentication: false,
          at: pair.now)
        return .strict(machine, pair)
      }
      let parties = [
        party(pair.a, pair.b, isStrict: others == .lower),
        party(pair.b, pair.a, isStrict: others == .higher),
      ]
      var wire: [(time: Instant, to: Int, packet: [UInt8])] = []
      func send(from: Int, _ packet: [UInt8], at now: Instant) {
        wire.append((now + 1 + random.random(below: 60), 1 - from, packet))
      }
      // Each begins when it likes, unless something has come before; to some it says it twice.
      let start = [0, 1].map { _ in pair.now + random.random(below: 60) }
      var now = pair.now
      var isOpen = [false, false]
      while now < pair.now + 1000 {
        for i in 0..<2 where start[i] == now {
          if isOpen[i] { continue }
          let copies = random.random(below: 3) + 1
          for _ in 0..<copies { send(from: i, parties[i].make(.encrypt, at: now), at: now) }
        }
        while let index = wire.firstIndex(where: { $0.time <= now }) {
          let (_, to, packet) = wire.remove(at: index)
          guard let content = parties[to].take(packet, at: now) else { continue }
          isOpen[to] = true
          if content == .hello { send(from: to, parties[to].make(.answer, at: now), at: now) }
          if content == .key { send(from: to, parties[to].make(.encrypt, at: now), at: now) }
        }
        now = now + 1
      }
      for i in [0, 1, 0, 1] {
        if parties[1 - i].take(parties[i].make(.encrypt, at: now), at: now) != .run { failed += 1 }
      }
    }
    #expect(failed == 0)
  }
}
