import Bytes

/// Reads the values of a configuration text (cjdroute.md section 2): a kind of JSON with comments,
/// whole numbers only, and `\xff` as the only escape.
///
/// The strict reader wants every comma and colon and no others; the relaxed one takes the files of
/// the early years, in which they were missing or too many. Nothing else is forgiven by either.
struct SyntaxReader: ~Escapable {
  static var depthMax: Int { 32 }
  static var entryCountMax: Int { 2048 }

  /// What was wrong first. It puts the reader at the end of the text, so that it comes to its own.
  private(set) var error: ConfigurationError?
  /// Keys that were given twice; the later value counts.
  private(set) var duplicates: [ConfigurationNote] = []
  private let text: Span<UInt8>
  private let isStrict: Bool
  private let isMarked: Bool
  private var offset = 0
  private var position = TextPosition()
  private var depth = 0
  /// The whole name of the key that is being read.
  private var path: [UInt8] = []

  /// `isMarked`: `UCITranslator` made the text, which tells where things stood in another one.
  @_lifetime(copy text)
  init(_ text: Span<UInt8>, isStrict: Bool, isMarked: Bool = false) {
    self.text = text
    self.isStrict = isStrict
    self.isMarked = isMarked
  }

  /// The dict that the text holds; what follows its closing brace is ignored. Good for nothing if
  /// there was an error.
  mutating func document() -> ConfigurationValue {
    skipByteOrderMark()
    skipBlank()
    if let first = peek {
      if first != UInt8(ascii: "{") {
        fail("a configuration begins with {, but here is '", first, "'")
      }
    } else {
      fail("there is no configuration here: make one with ./cjdroute --genconf")
    }
    return value()
  }

  private mutating func value() -> ConfigurationValue {
    let start = position
    switch peek {
    case UInt8(ascii: "{"): return ConfigurationValue(at: start, .dict(entries()))
    case UInt8(ascii: "["): return ConfigurationValue(at: start, .list(elements()))
    case UInt8(ascii: "\""): return ConfigurationValue(at: start, .text(quotedText()))
    case UInt8(ascii: "-")?, (UInt8(ascii: "0")...UInt8(ascii: "9"))?:
      return ConfigurationValue(at: start, .integer(integer()))
    case let byte?:
      fail(
        "no value begins with '", byte,
        "': write text in double quotes, a whole number, a list in [ ] or a section in { }")
    case nil: fail("the text ends where a value should be")
    }
    return ConfigurationValue(at: start, .integer(0))
  }

  private mutating func entries() -> [ConfigurationEntry] {
    let start = open()
    let outer = path.count
    var entries: [ConfigurationEntry] = []
    while nextMember(isFirst: entries.isEmpty, openedAt: start, close: UInt8(ascii: "}")) {
      let keyPosition = position
      if peek != UInt8(ascii: "\"") {
        fail("here should be a key in double quotes or the closing }")
        break
      }
      let key = quotedText()
      if !path.isEmpty { path.append(UInt8(ascii: ".")) }
      path += key.prefix(64)
      skipBlank()
      if peek == UInt8(ascii: ":") {
        advance()
        skipBlank()
      } else if isStrict {
        fail("a colon is missing after the key")
      }
      let entry = ConfigurationEntry(key: key, position: keyPosition, value: value())
      if let index = entries.firstIndex(where: { $0.key == key }) {
        duplicates.append(
          ConfigurationNote(
            at: keyPosition, key: path,
            message: ConfigurationRemark.message(
              "is given twice, and only this second value counts: remove one of them")))
        entries[index] = entry
      } else {
        if entries.count == Self.entryCountMax { fail("too many keys here") }
        entries.append(entry)
      }
      path.removeSubrange(outer...)
    }
    return entries
  }

  private mutating func elements() -> [ConfigurationValue] {
    let start = open()
    let outer = path.count
    var elements: [ConfigurationValue] = []
    while nextMember(isFirst: elements.isEmpty, openedAt: start, close: UInt8(ascii: "]")) {
      var index = ByteWriter()
      index.append("[")
      index.append(decimal: UInt64(elements.count))
      index.append("]")
      path += index.bytes
      elements.append(value())
      path.removeSubrange(outer...)
    }
    return elements
  }

  private mutating func open() -> TextPosition {
    let start = position
    if depth == Self.depthMax { fail("too many brackets inside each other") }
    depth += 1
    advance()
    return start
  }

  /// Steps over what separates two members; false once it has stepped over `close`.
  private mutating func nextMember(
    isFirst: Bool, openedAt start: TextPosition, close: UInt8
  ) -> Bool {
    skipBlank()
    var hasComma = false
    while peek == UInt8(ascii: ",") {
      if isStrict, isFirst || hasComma { fail("one comma too many: remove it") }
      hasComma = true
      advance()
      skipBlank()
    }
    guard let next = peek else {
      fail("this bracket is never closed: '", close, "' is missing", at: start)
      return false
    }
    if next == close {
      if isStrict, hasComma {
        fail("no comma may stand before '", close, "': remove it")
      }
      advance()
      depth -= 1
      return false
    }
    if isStrict, !isFirst, !hasComma {
      fail("here should be a comma or '", close, "'")
    }
    return true
  }

  private mutating func quotedText() -> [UInt8] {
    let start = position
    var bytes: [UInt8] = []
    advance()
    while true {
      switch peek {
      case UInt8(ascii: "\""):
        advance()
        return bytes
      case UInt8(ascii: "\\"): bytes.append(escaped())
      case UInt8(ascii: "\n"), UInt8(ascii: "\r"), nil:
        fail("the closing double quote is missing: a text ends on the line it begins on", at: start)
        return bytes
      case let byte?:
        bytes.append(byte)
        advance()
      }
    }
  }

  private mutating func escaped() -> UInt8 {
    guard offset + 3 < text.count, text[offset + 1] == UInt8(ascii: "x"),
      let high = Hex.value(text[offset + 2]), let low = Hex.value(text[offset + 3])
    else {
      fail("a backslash is followed by x and two hex digits, as in \\x5c for itself")
      return 0
    }
    for _ in 0..<4 { advance() }
    return high << 4 | low
  }

  private mutating func integer() -> Int64 {
    let start = position
    let isNegative = peek == UInt8(ascii: "-")
    if isNegative { advance() }
    var value: Int64 = 0
    var digitCount = 0
    while let byte = peek, byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") {
      let digit = Int64(byte - UInt8(ascii: "0"))
      let (product, overflow) = value.multipliedReportingOverflow(by: 10)
      let (sum, overflowed) = product.addingReportingOverflow(isNegative ? -digit : digit)
      guard !overflow, !overflowed else {
        fail("this number is too large", at: start)
        return 0
      }
      value = sum
      digitCount += 1
      advance()
    }
    if digitCount == 0 { fail("a digit must follow the minus sign") }
    return value
  }

  /// Steps over white space and comments.
  private mutating func skipBlank() {
    while let byte = peek {
      switch byte {
      case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\n"), UInt8(ascii: "\r"):
        advance()
      case UInt8(ascii: "/"): skipComment()
      case UCITranslator.mark where isMarked: readMark()
      default: return
      }
    }
  }

  private mutating func readMark() {
    let numbers = text.extracting(offset + 1..<offset + 5)
    position = TextPosition(
      line: Int(numbers.load16(bigEndianAt: 0)), column: Int(numbers.load16(bigEndianAt: 2)))
    offset += 5
  }

  private mutating func skipComment() {
    let start = position
    let kind = offset + 1 < text.count ? text[offset + 1] : 0
    if kind == UInt8(ascii: "/") {
      while let byte = peek, byte != UInt8(ascii: "\n") { advance() }
      return
    }
    guard kind == UInt8(ascii: "*") else {
      fail("a lone slash: comments are // to the end of the line or /* up to */")
      return
    }
    advance()
    advance()
    while offset + 1 < text.count {
      if text[offset] == UInt8(ascii: "*"), text[offset + 1] == UInt8(ascii: "/") {
        advance()
        advance()
        return
      }
      advance()
    }
    fail("this comment is never closed: */ is missing", at: start)
  }

  /// Some editors put one before everything else, where nobody sees it.
  private mutating func skipByteOrderMark() {
    if text.count >= 3, text[0] == 0xef, text[1] == 0xbb, text[2] == 0xbf { offset = 3 }
  }

  private var peek: UInt8? { offset < text.count ? text[offset] : nil }

  @inline(never)
  private mutating func advance() {
    if offset == text.count { return }
    position.step(over: text[offset])
    offset += 1
  }

  /// Reports what is wrong here, or at `place`.
  @inline(never)
  private mutating func fail(
    _ before: StaticString, _ quoted: UInt8? = nil, _ after: StaticString = "",
    at place: TextPosition? = nil
  ) {
    offset = text.count
    if error != nil { return }
    error = ConfigurationError(
      at: place ?? position, key: path,
      message: ConfigurationRemark.message(
        before, quoting: quoted.map { [$0] } ?? [], after))
  }
}
