import Bytes
import Cryptography
import Sessions
import Wire

enum PacketKind: UInt32, Sendable {
  case hello = 0
  case repeatHello = 1
  case key = 2
  case repeatKey = 3
  case run = 4
  init(word: UInt32) { self = PacketKind(rawValue: word) ?? .run }
  var isHello: Bool { self == .hello || self == .repeatHello }
  var isHandshake: Bool { self != .run }
}
struct UserTable: ~Copyable {}
/// A session that opens nothing; CryptoAuth takes its place with the next change.
final class LinkSession {
  enum Content { case hello, crossedHello, key, run }
  enum SessionState: UInt32 {
    case initial = 0
    case sentHello, receivedHello, sentKey, receivedKey
    case established = 100
  }
  struct Statistics {
    var duplicateCount: UInt32 = 0
    var lostCount: UInt32 = 0
    var outOfRangeCount: UInt32 = 0
    var receivedCount: UInt32 = 0
  }
  init(identity: Identity, peer: PublicKey, requireAuthentication: Bool, at now: Instant) {}
  func setCredentials(password: [UInt8]?, login: [UInt8]?) {}
  var state: SessionState { .initial }
  var isEstablished: Bool { false }
  var canSend: Bool { false }
  var user: [UInt8] { [] }
  var statistics: Statistics { .init() }
  func encrypt(_ frame: inout FrameBuffer, at now: Instant, entropy: any Entropy) {}
  func reopen(_ frame: inout FrameBuffer, at now: Instant, entropy: any Entropy) {}
  func answer(_ frame: inout FrameBuffer, at now: Instant, entropy: any Entropy) {}
  func decrypt(_ frame: inout FrameBuffer, users: borrowing UserTable, at now: Instant) -> Content?
  { nil }
  func reset() {}
  func resetIfTimedOut(at now: Instant) {}
  static func peekHello(_ frame: Span<UInt8>, identity: Identity, users: borrowing UserTable)
    -> PublicKey?
  { nil }
}
