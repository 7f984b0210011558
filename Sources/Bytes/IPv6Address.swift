/// An IPv6 address; a node's is made of its key and lies in fc00::/8.
public struct IPv6Address: Hashable, Comparable, Sendable {
  public static var byteCount: Int { 16 }

  public var bytes: FixedBytes<16>

  public init(_ bytes: FixedBytes<16>) { self.bytes = bytes }

  /// Copies all of `bytes`; there must be 16.
  public init(copying bytes: Span<UInt8>) { self.bytes = FixedBytes(copying: bytes) }

  public static func < (a: Self, b: Self) -> Bool { a.bytes < b.bytes }

  /// True if it lies in fc00::/8, where the nodes of the network are.
  public var isNode: Bool { bytes[0] == 0xfc }

  /// Eight groups of exactly four lower-case digits, 39 characters.
  @_optimize(size)
  public func appendText(to text: inout ByteWriter) {
    for group in 0..<8 {
      if group > 0 { text.append(":") }
      text.append(hex: UInt64(bytes.span.load16(bigEndianAt: 2 * group)), digits: 4)
    }
  }

  /// Any of the usual text forms: full, without leading zeros, with one `::`, with a dotted IPv4
  /// part at the end. nil for anything else.
  @_optimize(size)
  public init?(text: Span<UInt8>) {
    var groups: [UInt16] = []
    var gap: Int?
    var index = 0
    if text.count >= 2, text[0] == UInt8(ascii: ":") {
      guard text[1] == UInt8(ascii: ":") else { return nil }
      gap = 0
      index = 2
    }
    while index < text.count {
      guard groups.count < 8 else { return nil }
      let start = index
      while index < text.count, Hex.value(text[index]) != nil { index += 1 }
      if index < text.count, text[index] == UInt8(ascii: ".") {
        guard let dotted = IPv6Address.dotted(text.extracting(start..<text.count)) else {
          return nil
        }
        groups.append(UInt16(dotted[0]) << 8 | UInt16(dotted[1]))
        groups.append(UInt16(dotted[2]) << 8 | UInt16(dotted[3]))
        break
      }
      guard index > start, index - start <= 4 else { return nil }
      var value: UInt16 = 0
      for i in start..<index { value = value << 4 | UInt16(Hex.value(text[i]) ?? 0) }
      groups.append(value)
      guard index < text.count else { break }
      guard text[index] == UInt8(ascii: ":") else { return nil }
      index += 1
      if index < text.count, text[index] == UInt8(ascii: ":") {
        guard gap == nil else { return nil }
        gap = groups.count
        index += 1
      } else if index == text.count {
        return nil
      }
    }
    guard gap == nil ? groups.count == 8 : groups.count < 8 else { return nil }
    bytes = FixedBytes()
    let missing = 8 - groups.count
    for i in groups.indices {
      let position = i < (gap ?? 8) ? i : i + missing
      bytes[2 * position] = UInt8(truncatingIfNeeded: groups[i] >> 8)
      bytes[2 * position + 1] = UInt8(truncatingIfNeeded: groups[i])
    }
  }

  /// The four bytes of `a.b.c.d`, each 0 to 255 in decimal; nil for anything else.
  @_optimize(size)
  public static func dotted(_ text: Span<UInt8>) -> FixedBytes<4>? {
    var bytes = FixedBytes<4>()
    var part = 0
    var digitCount = 0
    var value = 0
    for i in 0..<text.count {
      switch text[i] {
      case 48...57:
        value = value * 10 + Int(text[i] - 48)
        digitCount += 1
        guard digitCount <= 3, value <= 255 else { return nil }
      case 46:
        guard digitCount > 0, part < 3 else { return nil }
        bytes[part] = UInt8(value)
        part += 1
        digitCount = 0
        value = 0
      default: return nil
      }
    }
    guard part == 3, digitCount > 0 else { return nil }
    bytes[3] = UInt8(value)
    return bytes
  }
}
