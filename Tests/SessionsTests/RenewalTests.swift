import Bytes
import Cryptography
import Testing

@testable import Sessions

/// An end-to-end session of ours with a node that has one set of keys and keeps to the original.
private final class WithStrictPeer {
  let pair = Pair()
  let ours: EndToEndSession
  let strict: CryptoAuth
  let users = UserTable()
  var now: Instant
  var pendingReply: [UInt8]?

  init() {
    now = pair.now
    ours = EndToEndSession(
      identity: pair.a.identity, key: pair.b.identity.publicKey,
      address: pair.b.identity.publicKey.address, receiveHandle: 77, byStranger: false, at: now)
    strict = CryptoAuth(
      identity: pair.b.identity, peer: pair.a.identity.publicKey, requireAuthentication: false,
      at: now)
  }

  /// Our packet, as the strict node takes it: content without handle; nil if it cannot open it.
  func send(_ carrier: EndToEndSession.Carrier) -> Session.Content? {
    var frame = pair.pool.take()!
    frame.append([1, 2, 3].span)
    let isHandshake = carrier == .reopen || !ours.canSend(at: now)
    ours.seal(&frame, carrier, at: now, entropy: pair.a.entropy)
    ours.supervision.sent(at: now)
    if !isHandshake { frame.pull(4) }
    strict.resetIfTimedOut(at: now)
    return try? strict.decrypt(&frame, users: users, at: now)
  }

  /// The strict node's packet, as we take it.
  func receive() -> Session.Content? {
    var frame = pair.pool.take()!
    frame.append([0, 0, 0, 99, 4].span)
    if strict.nextCounter >= 4 { frame.pull(4) }
    strict.encrypt(&frame, at: now, entropy: pair.b.entropy)
    return try? ours.open(&frame, users: users, at: now)
  }

  func pass(_ milliseconds: UInt64) { now = now + milliseconds }

  /// What the supervision asks for until nothing is due.
  func renewal() -> EndToEndSession.Carrier? {
    while ours.supervision.deadline <= now {
      guard ours.supervision.step(at: now) == .renew else { return nil }
      if let carrier = ours.renewal(at: now) { return carrier }
    }
    return nil
  }

  /// First a question, so that the other side's clock is set, then the HELLO.
  func expectRenewal() {
    #expect(renewal() == .current)
    #expect(send(.current) == .run)
    #expect(receive() == .run)
    pass(1000)
    #expect(renewal() == .reopen)
  }

  func talk(for milliseconds: UInt64) {
    for _ in 0..<(milliseconds / 20_000) {
      #expect(send(.current) == .run)
      #expect(receive() == .run)
      pass(20_000)
      #expect(renewal() == nil)
    }
  }
}

@Suite struct RenewalTests {
  @Test func `a strict node follows to new keys, and the first packet under them is ours`() {
    let nodes = WithStrictPeer()
    #expect(nodes.send(.current) == .hello)
    #expect(nodes.receive() == .key)
    #expect(nodes.send(.current) == .run)
    nodes.talk(for: 3_580_000)
    nodes.pass(20_000)
    nodes.expectRenewal()
    #expect(nodes.send(.reopen) == .hello)
    #expect(nodes.strict.state == .receivedHello)
    #expect(!nodes.ours.needsProof)
    #expect(nodes.receive() == .key)
    #expect(nodes.ours.needsProof)
    // The pong to it may be lost: the question is repeated, the handshake is not.
    nodes.pass(500)
    #expect(nodes.renewal() == .current)
    #expect(nodes.send(.current) == .run)
    #expect(nodes.strict.isEstablished)
    #expect(nodes.receive() == .run)
    #expect(!nodes.ours.needsProof)
    nodes.talk(for: 3_000_000)
  }

  @Test func `a HELLO for new keys that is lost is repeated until it is answered`() {
    let nodes = WithStrictPeer()
    #expect(nodes.send(.current) == .hello)
    #expect(nodes.receive() == .key)
    nodes.talk(for: 3_580_000)
    nodes.pass(20_000)
    nodes.expectRenewal()
    nodes.pass(499)
    #expect(nodes.renewal() == nil)
    nodes.pass(1)
    #expect(nodes.renewal() == .reopen)
    #expect(nodes.send(.reopen) == .hello)
    nodes.pass(500)
    // Its KEY was lost, it is asked for again with the same keys.
    #expect(nodes.renewal() == .reopen)
    #expect(nodes.send(.reopen) == .hello)
    #expect(nodes.receive() == .key)
    #expect(nodes.send(.current) == .run)
    #expect(nodes.receive() == .run)
  }

  @Test func `the side that was called waits a quarter of an hour longer`() {
    let nodes = WithStrictPeer()
    #expect(nodes.receive() == .hello)
    #expect(nodes.send(.answer) == .key)
    #expect(nodes.receive() == .run)
    nodes.talk(for: 4_480_000)
    nodes.pass(20_000)
    nodes.expectRenewal()
  }
}
