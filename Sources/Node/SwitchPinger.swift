import Bytes
import Cryptography
import Switching
import Wire

/// The switch pings that are out, for the admin interface (switch.md section 8).
///
/// ```
/// | handle, 4 bytes | cookie, 8 bytes | the asker's data |
/// ```
struct SwitchPinger {
  /// What the node itself puts in front of the asker's data.
  static var prefixByteCount: Int { 12 }

  private struct Ping {
    var token: UInt32
    var kind: SwitchPingKind
    var label: Label
    var handle: UInt32
    var cookie: UInt64
    var data: [UInt8]
    var sent: Instant
    var deadline: Instant
  }

  /// The end of a ping.
  typealias End = (token: UInt32, result: SwitchPingResult)

  private var pings: [Ping] = []
  private var handle: UInt32
  let countMax: Int

  init(countMax: Int, entropy: Entropy) {
    self.countMax = countMax
    handle = entropy.randomUInt32()
  }

  var deadline: Instant { pings.reduce(.never) { min($0, $1.deadline) } }

  /// The data of a new ping; nil if too many are out or `data` is too long for the kind.
  mutating func begin(
    _ kind: SwitchPingKind, label: Label, data: Span<UInt8>, timeout: UInt64, token: UInt32,
    at now: Instant, entropy: Entropy
  ) -> [UInt8]? {
    let dataMax =
      kind == .ping ? ControlFrame.pingDataByteCountMax : ControlFrame.keyPingDataByteCountMax
    guard pings.count < countMax, data.count + Self.prefixByteCount <= dataMax else { return nil }
    handle &+= 1
    var copy: [UInt8] = []
    copy.reserveCapacity(data.count)
    for i in 0..<data.count { copy.append(data[i]) }
    let ping = Ping(
      token: token, kind: kind, label: label, handle: handle, cookie: entropy.randomUInt64(),
      data: copy, sent: now, deadline: now + timeout)
    pings.append(ping)
    var writer = ByteWriter()
    writer.append(word: ping.handle)
    writer.append(word: UInt32(truncatingIfNeeded: ping.cookie >> 32))
    writer.append(word: UInt32(truncatingIfNeeded: ping.cookie))
    writer.append(copy)
    return writer.bytes
  }

  /// Takes the answer `frame` (from the checksum on, checked), a pong or key pong, that came along
  /// `label`; nil if it answers nothing that is out.
  mutating func answer(
    _ frame: Span<UInt8>, _ kind: SwitchPingKind, from label: Label, at now: Instant
  ) -> End? {
    let offset = Self.dataOffset(kind)
    guard frame.count >= offset else { return nil }
    let data = frame.extracting(offset..<frame.count)
    guard let index = find(data, kind) else { return nil }
    let ping = pings.remove(at: index)
    var result = Self.result(ping, .pong, at: now)
    result.responseLabel = label
    result.version = ControlFrame.version(of: frame)
    if kind == .keyPing { result.key = PublicKey(copying: frame.extracting(12..<44)) }
    for i in Self.prefixByteCount..<data.count { result.data.append(data[i]) }
    if label != ping.label {
      result.outcome = .differentLabel
    } else if result.data != ping.data {
      result.outcome = .differentData
    }
    return (ping.token, result)
  }

  /// Takes what an error of `type` from `label` quotes: `quote` is the packet that caused it, from
  /// its switch header on, perhaps cut short. nil if that was no ping of ours.
  mutating func fail(
    _ quote: Span<UInt8>, type: UInt32, from label: Label, at now: Instant
  ) -> End? {
    let start = SwitchHeader.byteCount + ControlFrame.handleByteCount
    guard ControlFrame.isPresent(in: quote), quote.count >= start + ControlFrame.headerByteCount
    else { return nil }
    let kind: SwitchPingKind
    switch ControlFrame.Kind(rawValue: quote.load16(bigEndianAt: start + 2)) {
    case .ping: kind = .ping
    case .keyPing: kind = .keyPing
    default: return nil
    }
    let offset = start + Self.dataOffset(kind)
    guard quote.count >= offset + Self.prefixByteCount,
      let index = find(quote.extracting(offset..<quote.count), kind)
    else { return nil }
    let ping = pings.remove(at: index)
    var result = Self.result(ping, Self.outcome(ofError: type), at: now)
    result.responseLabel = label
    return (ping.token, result)
  }

  /// A ping whose time is over.
  mutating func expire(at now: Instant) -> End? {
    guard let index = pings.firstIndex(where: { $0.deadline <= now }) else { return nil }
    let ping = pings.remove(at: index)
    return (ping.token, Self.result(ping, .timeout, at: now))
  }

  private static func dataOffset(_ kind: SwitchPingKind) -> Int {
    kind == .ping ? ControlFrame.pingDataOffset : ControlFrame.keyPingDataOffset
  }

  private static func outcome(ofError type: UInt32) -> SwitchPingResult.Outcome {
    switch type {
    case 1, 8, 10: .switchError
    case 9: .loopError
    default: .unknownError
    }
  }

  private static func result(
    _ ping: Ping, _ outcome: SwitchPingResult.Outcome, at now: Instant
  ) -> SwitchPingResult {
    SwitchPingResult(
      outcome: outcome, milliseconds: now.since(ping.sent), label: ping.label,
      responseLabel: ping.label, version: 0, data: [], key: nil)
  }

  private func find(_ data: Span<UInt8>, _ kind: SwitchPingKind) -> Int? {
    guard data.count >= Self.prefixByteCount else { return nil }
    let handle = data.load32(bigEndianAt: 0)
    let cookie = data.load64(bigEndianAt: 4)
    return pings.firstIndex {
      $0.handle == handle && $0.cookie == cookie && $0.kind == kind
    }
  }
}

extension ByteWriter {
  /// The 4 bytes of `value`, most significant first.
  mutating func append(word value: UInt32) {
    for shift: UInt32 in [24, 16, 8, 0] { append(UInt8(truncatingIfNeeded: value >> shift)) }
  }
}
