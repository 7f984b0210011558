/// Hexadecimal text.
public enum Hex {
  /// The lower-case digit of a value from 0 to 15.
  public static func digit(_ value: UInt8) -> UInt8 { value < 10 ? 48 + value : 87 + value }

  /// The value of a digit in either case, nil for any other byte.
  public static func value(_ digit: UInt8) -> UInt8? {
    switch digit {
    case 48...57: digit - 48
    case 65...70: digit - 55
    case 97...102: digit - 87
    default: nil
    }
  }

  /// The bytes that `text` spells, nil if its length is odd or it holds another character.
  @_optimize(size)
  public static func decode(_ text: Span<UInt8>) -> [UInt8]? {
    guard text.count % 2 == 0 else { return nil }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(text.count / 2)
    for i in 0..<text.count / 2 {
      guard let high = value(text[2 * i]), let low = value(text[2 * i + 1]) else { return nil }
      bytes.append(high << 4 | low)
    }
    return bytes
  }
}
