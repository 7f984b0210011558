import Bytes

/// Reads one JSON document. Meant for files of this project: it is strict, and nil is all it says.
public struct JSONReader {
  private let bytes: [UInt8]
  private var position = 0
  private var depth = 0

  /// The tree of the document in `bytes`; nil if it is not exactly one JSON value.
  public static func read(_ bytes: [UInt8]) -> JSON? {
    var reader = JSONReader(bytes: bytes)
    guard let value = reader.value() else { return nil }
    reader.skipSpace()
    return reader.position == bytes.count ? value : nil
  }

  private init(bytes: [UInt8]) { self.bytes = bytes }

  private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

  private mutating func skipSpace() {
    while let byte = next, byte == 32 || byte == 9 || byte == 10 || byte == 13 { position += 1 }
  }

  private mutating func take(_ byte: Character8) -> Bool {
    skipSpace()
    guard next == byte.code else { return false }
    position += 1
    return true
  }

  private mutating func takeWord(_ word: StaticString) -> Bool {
    let end = position + word.utf8CodeUnitCount
    guard end <= bytes.count, Array(bytes[position..<end]).isText(word) else { return false }
    position = end
    return true
  }

  private mutating func value() -> JSON? {
    skipSpace()
    depth += 1
    defer { depth -= 1 }
    guard depth < 64, let first = next else { return nil }
    switch first {
    case Character8.openBrace.code: return object()
    case Character8.openBracket.code: return list()
    case Character8.quote.code: return string().map { .text($0) }
    case 0x74: return takeWord("true") ? .bool(true) : nil
    case 0x66: return takeWord("false") ? .bool(false) : nil
    case 0x6e: return takeWord("null") ? .null : nil
    default: return number()
    }
  }

  private mutating func object() -> JSON? {
    guard take(.openBrace) else { return nil }
    var members: [JSON.Member] = []
    if take(.closeBrace) { return .object(members) }
    repeat {
      skipSpace()
      guard let key = string(), take(.colon), let value = value() else { return nil }
      members.append(JSON.Member(key: key, value: value))
    } while take(.comma)
    return take(.closeBrace) ? .object(members) : nil
  }

  private mutating func list() -> JSON? {
    guard take(.openBracket) else { return nil }
    var items: [JSON] = []
    if take(.closeBracket) { return .list(items) }
    repeat {
      guard let value = value() else { return nil }
      items.append(value)
    } while take(.comma)
    return take(.closeBracket) ? .list(items) : nil
  }

  private mutating func string() -> [UInt8]? {
    guard take(.quote) else { return nil }
    var text: [UInt8] = []
    while let byte = next {
      position += 1
      switch byte {
      case Character8.quote.code: return text
      case Character8.backslash.code:
        guard escape(into: &text) else { return nil }
      default: text.append(byte)
      }
    }
    return nil
  }

  private mutating func escape(into text: inout [UInt8]) -> Bool {
    guard let kind = next else { return false }
    position += 1
    switch kind {
    case 0x22, 0x2f, 0x5c: text.append(kind)
    case 0x62: text.append(8)
    case 0x66: text.append(12)
    case 0x6e: text.append(10)
    case 0x72: text.append(13)
    case 0x74: text.append(9)
    case 0x75:
      guard var code = fourDigits() else { return false }
      if code >> 10 == 0x36, takeWord("\\u"), let low = fourDigits(), low >> 10 == 0x37 {
        code = 0x10000 + (code & 0x3ff) << 10 + low & 0x3ff
      }
      appendUTF8(code, to: &text)
    default: return false
    }
    return true
  }

  private mutating func fourDigits() -> UInt32? {
    guard position + 4 <= bytes.count else { return nil }
    var code: UInt32 = 0
    for _ in 0..<4 {
      guard let digit = Hex.value(bytes[position]) else { return nil }
      code = code << 4 | UInt32(digit)
      position += 1
    }
    return code
  }

  private func appendUTF8(_ code: UInt32, to text: inout [UInt8]) {
    func append(_ bits: UInt32) { text.append(UInt8(truncatingIfNeeded: bits)) }
    switch code {
    case 0..<0x80: append(code)
    case 0..<0x800:
      append(0xc0 | code >> 6)
      append(0x80 | code & 63)
    case 0..<0x10000:
      append(0xe0 | code >> 12)
      append(0x80 | code >> 6 & 63)
      append(0x80 | code & 63)
    default:
      append(0xf0 | code >> 18)
      append(0x80 | code >> 12 & 63)
      append(0x80 | code >> 6 & 63)
      append(0x80 | code & 63)
    }
  }

  private mutating func number() -> JSON? {
    let negative = next == 0x2d
    if negative { position += 1 }
    var magnitude: UInt64 = 0
    var exact = true
    let start = position
    while let digit = next, digit >= 48, digit <= 57 {
      let (product, overflow) = magnitude.multipliedReportingOverflow(by: 10)
      let (sum, overflow2) = product.addingReportingOverflow(UInt64(digit - 48))
      if overflow || overflow2 { exact = false }
      magnitude = sum
      position += 1
    }
    guard position > start else { return nil }
    while let byte = next,
      byte == 0x2e || byte == 0x65 || byte == 0x45 || byte == 0x2b
        || byte == 0x2d || (byte >= 48 && byte <= 57)
    {
      exact = false
      position += 1
    }
    return exact ? .integer(negative: negative, magnitude: magnitude) : .fraction
  }
}

/// The punctuation of JSON.
private enum Character8: UInt8 {
  case openBrace = 0x7b
  case closeBrace = 0x7d
  case openBracket = 0x5b
  case closeBracket = 0x5d
  case quote = 0x22
  case backslash = 0x5c
  case colon = 0x3a
  case comma = 0x2c

  var code: UInt8 { rawValue }
}
