import Bytes
import Cryptography
import Sessions
import Wire

nonisolated(unsafe) private let pool = FramePool(frameCount: 2)

/// One end of a session, and what is on its way to it.
private final class End {
  let session: Session
  let entropy: SeededEntropy
  var arriving: [[UInt8]] = []
  var takenCount = 0
  var refusedCount = 0
  var owesAnswer = false
  /// Numbers of the contents that came in run packets.
  var seen: [UInt32] = []

  init(_ own: Identity, _ other: Identity, requireAuthentication: Bool, at now: Instant) {
    session = Session(
      identity: own, peer: other.publicKey, requireAuthentication: requireAuthentication, at: now)
    entropy = SeededEntropy(seed: 3)
  }
}

/// Two ends of CryptoAuth and a wire that loses, repeats, reorders, changes and invents packets as
/// the input says. Nobody is told what the other did not say, nor anything twice.
func handshakeTarget(_ bytes: Span<UInt8>) {
  var input = Input(bytes)
  let flags = input.byte()
  var now = Instant(milliseconds: 1_000_000)
  var users = UserTable()
  do throws(UserError) {
    try users.add(password: Cast.password.span, login: Array("ann".utf8), address: nil)
  } catch { fatalError("there is room for a user") }
  let ends = [
    End(Cast.identities[0], Cast.identities[1], requireAuthentication: flags & 1 != 0, at: now),
    End(Cast.identities[1], Cast.identities[0], requireAuthentication: flags & 2 != 0, at: now),
  ]
  for (i, end) in ends.enumerated() where flags >> UInt8(2 + i) & 1 != 0 {
    end.session.setCredentials(
      password: Cast.password, login: flags & 16 != 0 ? Array("ann".utf8) : nil)
  }
  /// The number of the last content; even ones are made by the first end.
  var number: UInt32 = 0

  func send(from sender: Int, byteCount: Int, reopen: Bool = false) {
    let end = ends[sender]
    guard ends[1 - sender].arriving.count < 16 else { return }
    number += 2
    guard var frame = pool.take() else { fatalError("frames are given back") }
    frame.resize(to: 4 + byteCount)
    var content = frame.mutableSpan
    content.store(number + UInt32(sender), bigEndianAt: 0)
    if reopen {
      end.session.reopen(&frame, at: now, entropy: end.entropy)
    } else if end.owesAnswer {
      end.session.answer(&frame, at: now, entropy: end.entropy)
    } else {
      end.session.encrypt(&frame, at: now, entropy: end.entropy)
    }
    end.owesAnswer = false
    ends[1 - sender].arriving.append([UInt8](copying: frame.span))
  }

  func receive(_ receiver: Int, _ packet: [UInt8]) {
    let end = ends[receiver]
    guard var frame = pool.take() else { fatalError("frames are given back") }
    frame.append(packet.span)
    _ = Session.peekHello(frame.span, identity: Cast.identities[receiver], users: users)
    do throws(SessionError) {
      let content = try end.session.decrypt(&frame, users: users, at: now)
      end.takenCount += 1
      if content == .hello { end.owesAnswer = true }
      guard content == .run || content == .key else { return }
      expect(frame.count >= 4, "a content is as long as it was")
      let said = frame.span.load32(bigEndianAt: 0)
      expect(said <= number + 1 && Int(said & 1) == 1 - receiver, "the other side said so")
      guard content == .run else { return }
      expect(!end.seen.contains(said), "nothing is said twice")
      end.seen.append(said)
    } catch { end.refusedCount += 1 }
  }

  var stepCount = 0
  while !input.isAtEnd, stepCount < 200 {
    stepCount += 1
    let step = input.byte()
    let side = Int(step & 1)
    let end = ends[side]
    switch step >> 1 & 15 {
    case 0, 1: send(from: side, byteCount: Int(step >> 5))
    case 2: send(from: side, byteCount: 0, reopen: true)
    case 3, 4, 5: if !end.arriving.isEmpty { receive(side, end.arriving.removeFirst()) }
    case 6: if let packet = end.arriving.first { receive(side, packet) }
    case 7: if !end.arriving.isEmpty { end.arriving.removeFirst() }
    case 8: if !end.arriving.isEmpty { end.arriving.append(end.arriving.removeFirst()) }
    case 9, 10:
      let position = Int(input.byte())
      let change = input.byte()
      guard var packet = end.arriving.first else { break }
      packet[position % packet.count] ^= change | 1
      receive(side, packet)
    case 11:
      let count = Int(input.byte())
      if let packet = end.arriving.first { receive(side, Array(packet.prefix(count))) }
    case 12: receive(side, input.counted())
    case 13: now = now + UInt64(step >> 5) * 400
    case 14: now = now + UInt64(step >> 5) * 600_000
    default: if step >> 5 == 7 { end.session.reset() } else { end.session.resetIfTimedOut(at: now) }
    }
    plantedBug([
      ends[0].session.isEstablished, ends[1].session.isEstablished, ends[0].refusedCount > 0,
      ends[0].seen.count > 1, ends[1].seen.count > 2, ends[1].refusedCount > 0,
    ])
  }
}
