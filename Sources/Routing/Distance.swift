import Bytes

/// How far two addresses lie apart in key space: their xor with the halves exchanged, so that the
/// last eight bytes weigh most (routing.md section 1).
public struct Distance: Equatable, Comparable, Sendable {
  /// Of bytes 8 to 15 of the addresses.
  public let high: UInt64
  /// Of bytes 0 to 7.
  public let low: UInt64

  public init(_ a: IPv6Address, _ b: IPv6Address) {
    high = a.bytes.span.load64(bigEndianAt: 8) ^ b.bytes.span.load64(bigEndianAt: 8)
    low = a.bytes.span.load64(bigEndianAt: 0) ^ b.bytes.span.load64(bigEndianAt: 0)
  }

  public static func < (a: Distance, b: Distance) -> Bool {
    a.high != b.high ? a.high < b.high : a.low < b.low
  }

  /// Number of leading zero bits, 0 to 127; 0 is the far half of the key space. An address lies
  /// in its own bucket 127.
  public var bucket: Int {
    high != 0 ? high.leadingZeroBitCount : min(127, 64 + low.leadingZeroBitCount)
  }
}

extension IPv6Address {
  /// The most significant word of a distance: bytes 8 to 11.
  public var prefix: UInt32 { bytes.span.load32(bigEndianAt: 8) }

  /// What stands for bucket `bucket` (0 to 127) seen from this address: it with one bit inverted.
  public func bucketTarget(_ bucket: Int) -> IPv6Address {
    precondition(bucket >= 0 && bucket < 128)
    var target = self
    target.bytes[(bucket / 8 + 8) % 16] ^= 0x80 >> UInt8(bucket % 8)
    return target
  }
}
