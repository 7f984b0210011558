/// The base-32 text of cjdns keys: least significant bits first, no padding (crypto.md 2.3).
public enum Base32 {
  /// Digits, then the lower-case letters without a, e, i, o; the value is the position.
  public static var alphabet: StaticString { "0123456789bcdfghjklmnpqrstuvwxyz" }

  /// How many characters `byteCount` bytes become.
  public static func characterCount(byteCount: Int) -> Int { (8 * byteCount + 4) / 5 }

  /// The text of `bytes`.
  @_optimize(size)
  public static func encode(_ bytes: Span<UInt8>) -> [UInt8] {
    var text: [UInt8] = []
    text.reserveCapacity(characterCount(byteCount: bytes.count))
    var held: UInt32 = 0
    var bitCount: UInt32 = 0
    for i in 0..<bytes.count {
      held |= UInt32(bytes[i]) << bitCount
      bitCount += 8
      while bitCount >= 5 {
        text.append(alphabet.utf8Start[Int(held & 31)])
        held >>= 5
        bitCount -= 5
      }
    }
    if bitCount > 0 { text.append(alphabet.utf8Start[Int(held & 31)]) }
    return text
  }

  /// The bytes that `text` spells; nil for a foreign character or bits left over at the end.
  @_optimize(size)
  public static func decode(_ text: Span<UInt8>) -> [UInt8]? {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(text.count * 5 / 8)
    var held: UInt32 = 0
    var bitCount: UInt32 = 0
    for i in 0..<text.count {
      guard let digit = value(text[i]) else { return nil }
      held |= UInt32(digit) << bitCount
      bitCount += 5
      if bitCount >= 8 {
        bytes.append(UInt8(truncatingIfNeeded: held))
        held >>= 8
        bitCount -= 8
      }
    }
    guard bitCount < 5, held == 0 else { return nil }
    return bytes
  }

  private static func value(_ character: UInt8) -> UInt8? {
    let lower = character >= 65 && character <= 90 ? character + 32 : character
    for i in 0..<32 where alphabet.utf8Start[i] == lower { return UInt8(i) }
    return nil
  }
}
