import Bytes
import Cryptography
import Switching

/// A query that is out: whom it went to, what for, and the numbers that its answer must repeat.
///
/// ```
/// | "00" | handle, 4 bytes | random, 8 bytes |
/// ```
final class Transaction {
  static var byteCount: Int { 14 }
  /// Every node answers from its distributed table if the number begins with this.
  static var mark: UInt8 { UInt8(ascii: "0") }

  /// What a query is for.
  enum Purpose: Sendable {
    /// To read a page of a node's peers that begins with that label.
    case read(Label)
    /// To meet a node that was listed, and read its first page.
    case contact(Candidate.ID)
    /// To fill a bucket.
    case bucket
    case search(id: UInt32)
    /// To learn of the peers of a node that users talk to, and whether they got an answer yet.
    case improve(isServed: Bool)
    /// To learn of a better path to that node than one of that price; `.max`: of any other.
    case shorten(PublicKey, price: UInt32)
    /// To learn of the peers of a node to which other ways are looked for, or of those of its
    /// neighbours.
    case approach(Approach)
    /// To get a step nearer to it.
    case advance(Approach)
    /// For `ask`.
    case asked(token: UInt32)
  }

  let handle: UInt32
  let cookie: UInt64
  let route: Route
  let purpose: Purpose
  let sentAt: Instant
  let expiresAt: Instant

  init(
    handle: UInt32, cookie: UInt64, route: Route, purpose: Purpose, sentAt: Instant,
    expiresAt: Instant
  ) {
    self.handle = handle
    self.cookie = cookie
    self.route = route
    self.purpose = purpose
    self.sentAt = sentAt
    self.expiresAt = expiresAt
  }

  /// What the answer took that came along `path` now; `.max` if that is another way than the
  /// query's.
  @inline(never)
  func milliseconds(of path: Label, at now: Instant) -> UInt32 {
    path == route.label ? UInt32(truncatingIfNeeded: now.since(sentAt)) : .max
  }

  var isAsked: Bool {
    if case .asked = purpose { return true }
    return false
  }

  /// The number as it is sent.
  var number: [UInt8] {
    var bytes = [Self.mark, Self.mark]
    ListedNode.append(UInt64(handle), byteCount: 4, to: &bytes)
    ListedNode.append(cookie, byteCount: 8, to: &bytes)
    return bytes
  }

  /// Handle and cookie of a number that may be ours; nil if it has another form.
  static func parse(_ number: [UInt8]) -> (handle: UInt32, cookie: UInt64)? {
    guard number.count == byteCount, number[0] == mark, number[1] == mark else { return nil }
    let bytes = number.span
    return (bytes.load32(bigEndianAt: 2), bytes.load64(bigEndianAt: 6))
  }
}
