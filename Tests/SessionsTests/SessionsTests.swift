import Bytes
import Cryptography
import Testing
import Wire

@testable import Sessions

@Suite struct SessionTests {
  @Test func `HELLO, KEY and one run packet each way establish a session`() {
    let pair = Pair()
    let (a, b, now) = (pair.a, pair.b, pair.now)
    #expect(a.session.sendsHandshake)
    let hello = a.make([1, 2, 3], at: now)
    #expect(hello.count == 123)
    #expect(b.take(hello, at: now) == .success(Taken(content: .hello, bytes: [1, 2, 3])))
    #expect(b.session.state == .receivedHello)
    let key = b.make([4], .answer, at: now)
    #expect(a.take(key, at: now) == .success(Taken(content: .key, bytes: [4])))
    #expect(a.session.canSend)
    let run = a.make([5], at: now)
    #expect(run.count == 21)
    #expect(b.take(run, at: now) == .success(Taken(content: .run, bytes: [5])))
    #expect(b.session.isEstablished)
    #expect(a.take(b.make([6], at: now), at: now) == .success(Taken(content: .run, bytes: [6])))
    #expect(a.session.state == .established)
  }

  @Test func `a forged run packet moves nothing, in the final step neither`() {
    let pair = Pair()
    let (a, b, now) = (pair.a, pair.b, pair.now)
    _ = b.take(a.make([1], at: now), at: now)
    _ = a.take(b.make([2], .answer, at: now), at: now)
    let run = a.make([3], at: now)
    for counter: [UInt8] in [[0xff, 0xff, 0xff, 0xff], [0, 0, 1, 0], [0xff, 0xff, 0xff, 0xef]] {
      let forged = counter + [UInt8](repeating: 7, count: 40)
      #expect(b.take(forged, at: now) == .failure(.decrypt))
    }
    #expect(b.take(run, at: now) == .success(Taken(content: .run, bytes: [3])))
    let before = b.session.statistics
    #expect(b.take([0, 0, 2, 0] + [UInt8](repeating: 7, count: 40), at: now) == .failure(.decrypt))
    #expect(b.session.statistics == before)
    #expect(b.take(run, at: now) == .failure(.replay))
  }

  @Test func `a reflected packet is refused`() {
    let pair = Pair()
    pair.establish(from: pair.a, to: pair.b)
    #expect(pair.a.take(pair.a.make([9], at: pair.now), at: pair.now) == .failure(.decrypt))
  }

  @Test func `replayed HELLOs and repeats of them do not disturb what is established`() {
    var pair = Pair()
    let (a, b) = (pair.a, pair.b)
    let first = pair.establish(from: a, to: b)
    let second = pair.establish(from: a, to: b)
    pair.now = pair.now + 30_000
    for hello in [first, second] {
      var repeated = hello
      repeated[3] = 1
      #expect(b.take(hello, at: pair.now) == .failure(.invalidPacket))
      #expect(b.take(repeated, at: pair.now) == .failure(.invalidPacket))
    }
    #expect(b.take(a.make([5], at: pair.now), at: pair.now).isRun)
    #expect(a.take(b.make([5], at: pair.now), at: pair.now).isRun)
  }

  @Test func `a recorded HELLO that nobody remembers leaves the keys that work alone`() {
    var pair = Pair()
    let (a, b) = (pair.a, pair.b)
    // Recorded in an earlier life of the same node.
    let earlier = Side(a.identity, with: b.identity.publicKey, seed: 77, at: pair.now, pair.pool)
    let recorded = earlier.make([1], at: pair.now)
    pair.establish(from: a, to: b)
    var acceptedCount = 0
    for _ in 0..<100 {
      pair.now = pair.now + 500
      if b.take(recorded, at: pair.now).isSuccess { acceptedCount += 1 }
      _ = b.make([2], .answer, at: pair.now)
      #expect(b.session.isEstablished)
      #expect(b.take(a.make([5], at: pair.now), at: pair.now).isRun)
      #expect(a.take(b.make([6], at: pair.now), at: pair.now).isRun)
    }
    #expect(acceptedCount > 0)
  }

  @Test func `a peer that has lost its session is let in beside the old one`() {
    var pair = Pair()
    let (a, b) = (pair.a, pair.b)
    pair.establish(from: a, to: b)
    pair.now = pair.now + 1000
    let restarted = Side(a.identity, with: b.identity.publicKey, seed: 99, at: pair.now, pair.pool)
    #expect(b.take(restarted.make([1], at: pair.now), at: pair.now).content == .hello)
    // The old one may still be there: its packets pass until the new keys are used.
    #expect(b.take(a.make([5], at: pair.now), at: pair.now).isRun)
    let key = b.make([2], .answer, at: pair.now)
    #expect(restarted.take(key, at: pair.now).content == .key)
    #expect(b.take(restarted.make([3], at: pair.now), at: pair.now).isRun)
    #expect(restarted.take(b.make([4], at: pair.now), at: pair.now).isRun)
    // What was on its way is still opened, for a while.
    #expect(b.take(a.make([5], at: pair.now), at: pair.now).isRun)
    pair.now = pair.now + 6000
    #expect(b.take(a.make([5], at: pair.now), at: pair.now) == .failure(.decrypt))
  }

  @Test func `new keys replace old ones without losing a packet in either direction`() {
    var pair = Pair()
    let (a, b) = (pair.a, pair.b)
    pair.establish(from: a, to: b)
    #expect(!a.session.wantsNewKeys(at: pair.now))
    for _ in 0..<360 {
      pair.now = pair.now + 10_000
      #expect(b.take(a.make([5], at: pair.now), at: pair.now).isRun)
      #expect(a.take(b.make([5], at: pair.now), at: pair.now).isRun)
    }
    #expect(a.session.wantsNewKeys(at: pair.now) && !b.session.wantsNewKeys(at: pair.now))
    let late = [a.make([5], at: pair.now), b.make([6], at: pair.now)]
    let hello = a.make([1], .reopen, at: pair.now)
    #expect(b.take(a.make([5], at: pair.now), at: pair.now).isRun)
    #expect(b.take(hello, at: pair.now).content == .hello)
    #expect(a.take(b.make([6], at: pair.now), at: pair.now).isRun)
    let key = b.make([2], .answer, at: pair.now)
    #expect(b.take(a.make([5], at: pair.now), at: pair.now).isRun)
    #expect(a.take(key, at: pair.now).content == .key)
    let old = b.make([6], at: pair.now)
    #expect(b.take(a.make([5], at: pair.now), at: pair.now).isRun)
    #expect(a.take(old, at: pair.now).isRun)
    #expect(a.take(b.make([6], at: pair.now), at: pair.now).isRun)
    #expect(b.take(late[0], at: pair.now).isRun)
    #expect(a.take(late[1], at: pair.now).isRun)
    #expect(!a.session.wantsNewKeys(at: pair.now))
  }

  @Test(arguments: [false, true])
  func `crossed HELLOs lead to one session, opened by the lower key`(beside: Bool) {
    let pair = Pair()
    let (a, b, now) = (pair.a, pair.b, pair.now)
    if beside { pair.establish(from: b, to: a) }
    let fromA = a.make([1], .reopen, at: now)
    let fromB = b.make([2], .reopen, at: now)
    #expect(a.take(fromB, at: now).content == .crossedHello)
    #expect(b.take(fromA, at: now).content == .hello)
    #expect(a.take(b.make([3], .answer, at: now), at: now).content == .key)
    #expect(b.take(a.make([4], at: now), at: now).isRun)
    #expect(a.take(b.make([5], at: now), at: now).isRun)
    #expect(a.session.isEstablished && b.session.isEstablished)
  }

  @Test func `a strict peer follows a new HELLO and back`() throws {
    let pair = Pair()
    let now = pair.now
    let strict = CryptoAuth(
      identity: pair.b.identity, peer: pair.a.identity.publicKey, requireAuthentication: false,
      at: now)
    let a = pair.a
    let users = UserTable()
    func toStrict(_ packet: [UInt8]) throws -> Session.Content {
      var frame = pair.pool.take()!
      frame.append(packet.span)
      return try strict.decrypt(&frame, users: users, at: now)
    }
    func fromStrict() -> [UInt8] {
      var frame = pair.pool.take()!
      frame.append([9].span)
      strict.encrypt(&frame, at: now, entropy: pair.b.entropy)
      return copy(frame.span)
    }
    for _ in 0..<3 {
      #expect(try toStrict(a.make([1], .reopen, at: now)) == .hello)
      #expect(strict.state == .receivedHello)
      #expect(a.take(fromStrict(), at: now).content == .key)
      #expect(try toStrict(a.make([2], at: now)) == .run)
      #expect(a.take(fromStrict(), at: now).isRun)
      #expect(a.session.isEstablished && strict.isEstablished)
    }
    // The other way round: it forgets, and opens anew.
    strict.reset()
    #expect(a.take(fromStrict(), at: now).content == .hello)
    #expect(try toStrict(a.make([3], .answer, at: now)) == .key)
    #expect(a.take(fromStrict(), at: now).isRun)
    #expect(try toStrict(a.make([3], at: now)) == .run)
  }

  @Test func `a handle belongs to the keys it came with`() {
    let pair = Pair()
    let (a, b, now) = (pair.a, pair.b, pair.now)
    pair.establish(from: a, to: b)
    b.session.setPeerHandle(11)
    #expect(b.session.peerHandle == 11)
    #expect(b.take(a.make([1], .reopen, at: now), at: now).content == .hello)
    b.session.setPeerHandle(22)
    #expect(b.session.peerHandle == 11)
    #expect(a.take(b.make([2], .answer, at: now), at: now).content == .key)
    a.session.setPeerHandle(33)
    #expect(a.session.peerHandle == 33)
    #expect(b.take(a.make([3], at: now), at: now).isRun)
    #expect(b.session.peerHandle == 22)
  }

  @Test func `keys of low order are refused, permanent and temporary ones`() throws {
    let pair = Pair()
    let now = pair.now
    var one = FixedBytes<32>()
    one[0] = 1
    let machine = CryptoAuth(
      identity: pair.a.identity, peer: pair.b.identity.publicKey, requireAuthentication: false,
      at: now)
    // A HELLO of the true peer with a temporary key of low order.
    var secret = SecretBytes<32>()
    #expect(
      KeyAgreement.passwordless(
        secret: pair.b.identity.privateKey, peer: pair.a.identity.publicKey, into: &secret))
    var frame = pair.pool.take()!
    frame.resize(to: 120)
    var bytes = frame.mutableSpan
    for i in 0..<120 { bytes[i] = 0 }
    bytes.store(pair.b.identity.publicKey.bytes.span, at: 40)
    bytes.store(one.span, at: 88)
    frame.pull(72)
    bytes = frame.mutableSpan
    Backend.secretboxSeal(&bytes, nonce: FixedBytes<24>().span, key: secret.span)
    frame.push(72)
    #expect(throws: SessionError.wiseguy) {
      try machine.decrypt(&frame, users: UserTable(), at: now)
    }
    #expect(machine.state == .initial)
    let toLow = Session(
      identity: pair.a.identity, peer: PublicKey(one), requireAuthentication: false, at: now)
    frame.reset()
    toLow.encrypt(&frame, at: now, entropy: SeededEntropy(seed: 3))
    #expect(frame.count == 120)
  }

  @Test func `after 60 s of silence a session starts over, a half open one after 10 s`() {
    var pair = Pair()
    let (a, b) = (pair.a, pair.b)
    pair.establish(from: a, to: b)
    pair.now = pair.now + 59_000
    #expect(b.take(a.make([1], at: pair.now), at: pair.now).isRun)
    pair.now = pair.now + 60_000
    #expect(a.make([1], at: pair.now).count == 121)
    #expect(a.session.state == .sentHello)
    #expect(b.take(a.make([1], at: pair.now), at: pair.now).content == .hello)
    _ = b.make([2], .answer, at: pair.now)
    pair.now = pair.now + 10_000
    b.session.resetIfTimedOut(at: pair.now)
    #expect(b.session.state == .initial)
  }

  @Test func `other credentials reset what is not established, and nothing else`() {
    let pair = Pair()
    let (a, b, now) = (pair.a, pair.b, pair.now)
    a.session.setCredentials(password: [1], login: nil)
    _ = a.make([1], at: now)
    a.session.setCredentials(password: [1], login: nil)
    #expect(a.session.state == .sentHello)
    a.session.setCredentials(password: [2], login: nil)
    #expect(a.session.state == .initial)
    a.session.setCredentials(password: nil, login: nil)
    pair.establish(from: a, to: b)
    a.session.setCredentials(password: [3], login: nil)
    #expect(a.session.isEstablished)
    #expect(b.take(a.make([1], at: now), at: now).isRun)
  }

  @Test(arguments: 0..<30)
  func `whatever a bad wire did, a good one brings both together`(seed: Int) {
    var pair = Pair(seed: UInt64(seed) + 100)
    let random = SeededEntropy(seed: UInt64(seed))
    var wire: [(toB: Bool, packet: [UInt8])] = []
    func send(_ fromA: Bool, _ packet: [UInt8], lossy: Bool) {
      if !lossy {
        wire.append((fromA, packet))
        return
      }
      switch random.random(below: 10) {
      case 0..<3: return
      case 3: wire.append((fromA, packet))
      case 4:
        var bad = packet
        let index = Int(random.random(below: UInt64(bad.count)))
        bad[index] ^= UInt8(1 << random.random(below: 8))
        wire.append((fromA, bad))
      case 5: wire.append((fromA, Array(packet.prefix(Int(random.random(below: 130))))))
      default: break
      }
      wire.append((fromA, packet))
    }
    func step(lossy: Bool) {
      for fromA in [true, false] {
        let side = fromA ? pair.a : pair.b
        let way: Side.Way = random.random(below: 4) == 0 && lossy ? .reopen : .encrypt
        send(fromA, side.make([7], way, at: pair.now), lossy: lossy)
      }
      while !wire.isEmpty {
        let next = lossy ? Int(random.random(below: UInt64(wire.count))) : 0
        let (toB, packet) = wire.remove(at: next)
        let side = toB ? pair.b : pair.a
        if case .success(let taken) = side.take(packet, at: pair.now) {
          #expect(taken.bytes == [7])
          if taken.content == .hello {
            send(!toB, side.make([7], .answer, at: pair.now), lossy: lossy)
          }
        }
        if lossy, random.random(below: 3) == 0 { break }
      }
    }
    for _ in 0..<300 {
      let pauses: [UInt64] = [1, 20, 500, 3000, 11_000, 61_000]
      pair.now = pair.now + pauses[Int(random.random(below: 6))]
      if random.random(below: 60) == 0 { pair.a.session.reset() }
      if random.random(below: 60) == 0 { pair.b.session.reset() }
      step(lossy: true)
    }
    wire = []
    // As the layers above do: who hears nothing opens anew.
    var heardA = 0
    var heardB = 0
    for round in 0..<20 {
      pair.now = pair.now + 1000
      step(lossy: false)
      let toB = pair.a.make([7], at: pair.now)
      let toA = pair.b.make([7], at: pair.now)
      heardB = pair.b.take(toB, at: pair.now).isRun ? heardB + 1 : 0
      heardA = pair.a.take(toA, at: pair.now).isRun ? heardA + 1 : 0
      if heardA == 0, round % 3 == 0 {
        _ = pair.b.take(pair.a.make([7], .reopen, at: pair.now), at: pair.now)
        _ = pair.a.take(pair.b.make([7], .answer, at: pair.now), at: pair.now)
      }
    }
    #expect(heardA > 5 && heardB > 5)
    #expect(pair.a.session.isEstablished && pair.b.session.isEstablished)
  }
}

extension Result<Taken, SessionError> {
  var content: Session.Content? {
    if case .success(let taken) = self { taken.content } else { nil }
  }
  var isRun: Bool { content == .run }
  var isSuccess: Bool { content != nil }
}
