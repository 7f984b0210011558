import Bytes

/// A packet whose way is measured: what it carries behind its IPv6 header.
struct Probe {
  private static var mark: UInt32 { 0x7072_6f62 }
  private static var byteCount: Int { 16 }
  /// Bytes of the frame on a link that carries it: in the session with the neighbour (20), behind
  /// the switch header (12), in the session with the other end (24), with a data header (4).
  static var frameByteCount: Int { 60 + byteCount }

  /// Which pair, or direction of a pair, it belongs to.
  var number: Int
  var sentAt: Instant

  var payload: [UInt8] {
    var bytes = [UInt8](repeating: 0, count: Self.byteCount)
    func store(_ value: UInt64, _ count: Int, at offset: Int) {
      for i in 0..<count {
        bytes[offset + i] = UInt8(truncatingIfNeeded: value >> UInt64(8 * (count - 1 - i)))
      }
    }
    store(UInt64(Self.mark), 4, at: 0)
    store(UInt64(number), 4, at: 4)
    store(sentAt.milliseconds, 8, at: 8)
    return bytes
  }

  init(number: Int, sentAt: Instant) {
    self.number = number
    self.sentAt = sentAt
  }

  /// nil if `packet` is something else.
  init?(packet: [UInt8]) {
    guard packet.count == 40 + Self.byteCount else { return nil }
    func load(_ count: Int, at offset: Int) -> UInt64 {
      packet[40 + offset..<40 + offset + count].reduce(0) { $0 << 8 | UInt64($1) }
    }
    guard load(4, at: 0) == UInt64(Self.mark) else { return nil }
    number = Int(load(4, at: 4))
    sentAt = Instant(milliseconds: load(8, at: 8))
  }
}
