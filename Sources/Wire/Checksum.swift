import Bytes

/// The Internet checksum: one's complement of the one's complement sum of 16-bit words.
public struct Checksum: Sendable {
  private var sum: UInt32 = 0

  public init() {}

  /// Adds `bytes`; an odd last byte counts as if a zero followed. Only the last part added may be
  /// of odd length.
  public mutating func add(_ bytes: Span<UInt8>) {
    var index = 0
    while index + 1 < bytes.count {
      // Folded often enough: 32 bits hold 65,536 words.
      sum &+= UInt32(bytes.load16(bigEndianAt: index))
      if sum >= 0xffff_0000 { fold() }
      index += 2
    }
    if index < bytes.count { sum &+= UInt32(bytes[index]) << 8 }
    fold()
  }

  /// Adds a number of up to 32 bits as two words.
  public mutating func add(_ value: UInt32) {
    sum &+= value >> 16 &+ value & 0xffff
    fold()
  }

  private mutating func fold() { sum = sum & 0xffff &+ sum >> 16 }

  /// The checksum of what was added; 0 if that contained a right one.
  public var value: UInt16 {
    let once = sum & 0xffff &+ sum >> 16
    return ~UInt16(truncatingIfNeeded: once & 0xffff &+ once >> 16)
  }

  /// The checksum of `bytes`.
  public static func of(_ bytes: Span<UInt8>) -> UInt16 {
    var checksum = Checksum()
    checksum.add(bytes)
    return checksum.value
  }

  /// The checksum of an upper-layer packet in IPv6 (RFC 8200 section 8.1). `addresses` are source
  /// and destination, 32 bytes; `payload` has zero in its own checksum field.
  public static func inIPv6(
    addresses: Span<UInt8>, nextHeader: UInt8, payload: Span<UInt8>
  ) -> UInt16 {
    var checksum = Checksum()
    checksum.add(addresses)
    checksum.add(UInt32(truncatingIfNeeded: payload.count))
    checksum.add(UInt32(nextHeader))
    checksum.add(payload)
    return checksum.value
  }
}
