import Bytes
import Cryptography
import Wire

/// Says whether a request was made by somebody who knows the admin password (admin.md section 4).
///
/// A request carries h2 = hex(SHA-256(the datagram with h1 in the place of h2)), where
/// h1 = hex(SHA-256(password || cookie)). The digest covers the datagram as received.
struct AdminAuthentication {
  /// A cookie is good for so long.
  static var windowSeconds: UInt64 { 20 }
  /// The original hashes no more of password and cookie than this.
  private static var truncatedByteCount: Int { 63 }
  private static var hexByteCount: Int { 64 }

  private let password: [UInt8]

  /// A zero byte ends `password`.
  init(password: [UInt8]) { self.password = Array(password.prefix { $0 != 0 }) }

  /// With the password `NONE` everybody may do everything.
  var isOpen: Bool { password.count == 4 && BencodeReader.spells(password.span, "NONE") }

  /// True if `datagram`, which `reader` has read, bears the right hash for a cookie of the last
  /// 20 seconds.
  func accepts(_ datagram: Span<UInt8>, _ reader: BencodeReader, unixSeconds: UInt64) -> Bool {
    guard let hash = reader.stringRange("hash"), hash.count == Self.hexByteCount,
      let cookie = cookie(reader), cookie <= unixSeconds,
      unixSeconds - cookie <= Self.windowSeconds
    else { return false }
    var material = ByteWriter()
    material.append(password)
    material.append(decimal: cookie)
    var isRight = matches(datagram, hash, material.bytes.span)
    // The original hashes 63 bytes only, and its clients may do likewise; both are taken.
    if material.count > Self.truncatedByteCount {
      let start = material.bytes.span.extracting(0..<Self.truncatedByteCount)
      let isRightTruncated = matches(datagram, hash, start)
      isRight = isRight || isRightTruncated
    }
    return isRight
  }

  /// Puts the right hash for `cookie`, decimal digits, into `datagram`, at the range kept for it.
  func sign(_ datagram: inout [UInt8], at hash: Range<Int>, cookie: [UInt8]) {
    let material = password + cookie
    for _ in 0..<2 {
      let content = datagram[hash.lowerBound] == 0 ? material : datagram
      let digits = Self.hexDigest(content.span, content.span.extracting(0..<0))
      for i in 0..<hash.count { datagram[hash.lowerBound + i] = digits[i] }
    }
  }

  private func matches(_ datagram: Span<UInt8>, _ hash: Range<Int>, _ material: Span<UInt8>)
    -> Bool
  {
    let none = material.extracting(0..<0)
    let first = Self.hexDigest(material, none)
    let rest = Self.replaced(datagram, hash, by: first)
    let second = Self.hexDigest(rest.span, none)
    return Backend.areEqual(second.span, datagram.extracting(hash))
  }

  private static func replaced(
    _ datagram: Span<UInt8>, _ hash: Range<Int>, by digits: FixedBytes<64>
  ) -> [UInt8] {
    var copy = ByteWriter()
    copy.append(datagram.extracting(0..<hash.lowerBound))
    copy.append(digits.span)
    copy.append(datagram.extracting(hash.upperBound..<datagram.count))
    return copy.bytes
  }

  private static func hexDigest(_ content: Span<UInt8>, _ rest: Span<UInt8>) -> FixedBytes<64> {
    var digest = FixedBytes<32>()
    var result = digest.mutableSpan
    Backend.sha256(content, rest, into: &result)
    var digits = FixedBytes<64>()
    for i in 0..<32 {
      digits[2 * i] = Hex.digit(digest[i] >> 4)
      digits[2 * i + 1] = Hex.digit(digest[i] & 15)
    }
    return digits
  }

  /// 32 bits in decimal, or as a number; nil if it is neither, or 0.
  private func cookie(_ reader: BencodeReader) -> UInt64? {
    switch reader["cookie"] {
    case .integer(let number)?:
      return number > 0 && number <= Int64(UInt32.max) ? UInt64(number) : nil
    case .string(let range)?:
      let digits = reader.string(range)
      guard digits.count <= 10 else { return nil }
      var number: UInt64 = 0
      for i in 0..<digits.count {
        guard digits[i] >= 48, digits[i] <= 57 else { return nil }
        number = number * 10 + UInt64(digits[i] - 48)
      }
      return number > 0 && number <= UInt64(UInt32.max) ? number : nil
    default: return nil
    }
  }
}
