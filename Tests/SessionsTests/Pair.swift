import Bytes
import Cryptography
import Wire

@testable import Sessions

/// A node's half of a session, with the frames it makes as arrays.
final class Side {
  let identity: Identity
  let session: Session
  var users: UserTable
  let entropy: SeededEntropy
  let pool: FramePool

  init(
    _ identity: Identity, with peer: PublicKey, requireAuthentication: Bool = false,
    seed: UInt64, at now: Instant, _ pool: FramePool
  ) {
    self.identity = identity
    self.pool = pool
    session = Session(
      identity: identity, peer: peer, requireAuthentication: requireAuthentication, at: now)
    users = UserTable()
    entropy = SeededEntropy(seed: seed)
  }

  enum Way { case encrypt, reopen, answer }

  func make(_ content: [UInt8], _ way: Way = .encrypt, at now: Instant) -> [UInt8] {
    var frame = pool.take()!
    frame.append(content.span)
    switch way {
    case .encrypt: session.encrypt(&frame, at: now, entropy: entropy)
    case .reopen: session.reopen(&frame, at: now, entropy: entropy)
    case .answer: session.answer(&frame, at: now, entropy: entropy)
    }
    return copy(frame.span)
  }

  func take(_ packet: [UInt8], at now: Instant) -> Result<Taken, SessionError> {
    var frame = pool.take()!
    frame.append(packet.span)
    session.resetIfTimedOut(at: now)
    do throws(SessionError) {
      let content = try session.decrypt(&frame, users: users, at: now)
      return .success(Taken(content: content, bytes: copy(frame.span)))
    } catch {
      return .failure(error)
    }
  }
}

struct Taken: Equatable {
  var content: Session.Content
  var bytes: [UInt8]
}

func copy(_ bytes: Span<UInt8>) -> [UInt8] {
  var result: [UInt8] = []
  for i in 0..<bytes.count { result.append(bytes[i]) }
  return result
}

/// Two sides; `a` has the lower key.
struct Pair {
  let a: Side
  let b: Side
  let pool: FramePool
  var now = Instant(milliseconds: 1_000_000)

  init(seed: UInt64 = 1) {
    pool = FramePool(frameCount: 8)
    let random = SeededEntropy(seed: seed)
    var identities = [Identity.generate(random), Identity.generate(random)]
    identities.sort { $0.publicKey < $1.publicKey }
    a = Side(identities[0], with: identities[1].publicKey, seed: seed + 1, at: now, pool)
    b = Side(identities[1], with: identities[0].publicKey, seed: seed + 2, at: now, pool)
  }

  /// `from` opens, both are established afterwards; returns the HELLO.
  @discardableResult
  func establish(from: Side, to: Side) -> [UInt8] {
    let hello = from.make([1], .reopen, at: now)
    _ = to.take(hello, at: now)
    _ = from.take(to.make([2], .answer, at: now), at: now)
    _ = to.take(from.make([3], at: now), at: now)
    _ = from.take(to.make([4], at: now), at: now)
    return hello
  }
}
