import Bytes
import Cryptography
import Wire

/// The pings that are out to one peer: numbers that its answers must repeat (switch.md 8.1).
///
/// ```
/// | handle, 4 bytes | cookie, 8 bytes | IFACE_CNTRLR, 12 bytes |
/// ```
struct KeepAlive: Sendable {
  /// By which its answers are told from those to other pings.
  static var text: StaticString { "IFACE_CNTRLR" }
  static var textByteCount: Int { 12 }
  static var dataByteCount: Int { 24 }
  static var outstandingCount: Int { 4 }
  /// An answer that comes later is none.
  static var timeoutMilliseconds: UInt64 { 2048 }

  private struct Ping: Sendable {
    var handle: UInt32 = 0
    var cookie: UInt64 = 0
    var sent: Instant = .never
  }

  private var pings = InlineArray<4, Ping>(repeating: Ping())
  private var next = 0

  /// The data of a new ping.
  mutating func begin(handle: UInt32, at now: Instant, entropy: Entropy) -> FixedBytes<24> {
    let ping = Ping(handle: handle, cookie: entropy.randomUInt64(), sent: now)
    pings[next] = ping
    next = (next + 1) % Self.outstandingCount
    var data = FixedBytes<24>()
    var bytes = data.mutableSpan
    bytes.store(ping.handle, bigEndianAt: 0)
    bytes.store(ping.cookie, bigEndianAt: 4)
    for i in 0..<Self.textByteCount { bytes[12 + i] = Self.text.utf8Start[i] }
    return data
  }

  /// True if `data` ends with the text of a keep-alive.
  static func isKeepAlive(_ data: Span<UInt8>) -> Bool {
    guard data.count >= textByteCount else { return false }
    for i in 0..<textByteCount
    where data[data.count - textByteCount + i] != text.utf8Start[i] { return false }
    return true
  }

  /// The milliseconds since the ping that `data` answers; nil if it answers none that is out.
  mutating func end(_ data: Span<UInt8>, at now: Instant) -> UInt64? {
    guard data.count == Self.dataByteCount else { return nil }
    let handle = data.load32(bigEndianAt: 0)
    let cookie = data.load64(bigEndianAt: 4)
    for i in 0..<Self.outstandingCount
    where pings[i].sent != .never && pings[i].handle == handle && pings[i].cookie == cookie {
      let milliseconds = now.since(pings[i].sent)
      pings[i].sent = .never
      return milliseconds <= Self.timeoutMilliseconds ? milliseconds : nil
    }
    return nil
  }
}
