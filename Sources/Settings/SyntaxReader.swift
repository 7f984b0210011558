import Bytes

/// Reads the values of a configuration text (cjdroute.md section 2): a kind of JSON with comments,
/// whole numbers only, and `\xff` as the only escape.
///
/// The strict reader wants every comma and colon and no others; the relaxed one takes the files of
/// the early years, in which they were missing or too many. Nothing else is forgiven by either.
struct SyntaxReader: ~Escapable {
  static var depthMax: Int { 32 }
  static var entryCountMax: Int { 2048 }

  /// Keys that were given twice; the later value counts.
  private(set) var duplicates: [ConfigurationNote] = []
  private let text: Span<UInt8>
  private let isStrict: Bool
  private var offset = 0
  private var position = TextPosition()
  private var depth = 0
  /// The whole name of the key that is being read.
  private var path: [UInt8] = []

  @_lifetime(copy text)
  init(_ text: Span<UInt8>, isStrict: Bool) {
    self.text = text
    self.isStrict = isStrict
  }

  /// The dict that the text holds; what follows its closing brace is ignored.
  mutating func document() throws(ConfigurationError) -> ConfigurationValue {
    skipByteOrderMark()
    try skipBlank()
    guard let first = peek else {
      throw error("there is no configuration here: make one with ./cjdroute --genconf")
    }
    guard first == UInt8(ascii: "{") else {
      throw error("a configuration begins with {, but here is '", quoting: [first], "'")
    }
    return try value()
  }

  private mutating func value() throws(ConfigurationError) -> ConfigurationValue {
    let start = position
    switch peek {
    case UInt8(ascii: "{"): return ConfigurationValue(at: start, .dict(try entries()))
    case UInt8(ascii: "["): return ConfigurationValue(at: start, .list(try elements()))
    case UInt8(ascii: "\""): return ConfigurationValue(at: start, .text(try quotedText()))
    case UInt8(ascii: "-")?, (UInt8(ascii: "0")...UInt8(ascii: "9"))?:
      return ConfigurationValue(at: start, .integer(try integer()))
    case let byte?:
      throw error(
        "no value begins with '", quoting: [byte],
        "': write text in double quotes, a whole number, a list in [ ] or a section in { }")
    case nil: throw error("the text ends where a value should be")
    }
  }

  private mutating func entries() throws(ConfigurationError) -> [ConfigurationEntry] {
    let start = try open()
    let outer = path.count
    var entries: [ConfigurationEntry] = []
    while try nextMember(isFirst: entries.isEmpty, openedAt: start, close: UInt8(ascii: "}")) {
      let keyPosition = position
      guard peek == UInt8(ascii: "\"") else {
        throw error("here should be a key in double quotes or the closing }")
      }
      let key = try quotedText()
      if !path.isEmpty { path.append(UInt8(ascii: ".")) }
      path += key.prefix(64)
      try skipBlank()
      if peek == UInt8(ascii: ":") {
        advance()
        try skipBlank()
      } else if isStrict {
        throw error("a colon is missing after the key")
      }
      let entry = ConfigurationEntry(key: key, position: keyPosition, value: try value())
      if let index = entries.firstIndex(where: { $0.key == key }) {
        duplicates.append(
          ConfigurationNote(
            at: keyPosition, key: path,
            message: ConfigurationRemark.message(
              "is given twice, and only this second value counts: remove one of them")))
        entries[index] = entry
      } else {
        guard entries.count < Self.entryCountMax else { throw error("too many keys here") }
        entries.append(entry)
      }
      path.removeSubrange(outer...)
    }
    return entries
  }

  private mutating func elements() throws(ConfigurationError) -> [ConfigurationValue] {
    let start = try open()
    let outer = path.count
    var elements: [ConfigurationValue] = []
    while try nextMember(isFirst: elements.isEmpty, openedAt: start, close: UInt8(ascii: "]")) {
      var index = ByteWriter()
      index.append("[")
      index.append(decimal: UInt64(elements.count))
      index.append("]")
      path += index.bytes
      elements.append(try value())
      path.removeSubrange(outer...)
    }
    return elements
  }

  private mutating func open() throws(ConfigurationError) -> TextPosition {
    let start = position
    guard depth < Self.depthMax else { throw error("too many brackets inside each other") }
    depth += 1
    advance()
    return start
  }

  /// Steps over what separates two members; false once it has stepped over `close`.
  private mutating func nextMember(
    isFirst: Bool, openedAt start: TextPosition, close: UInt8
  ) throws(ConfigurationError) -> Bool {
    try skipBlank()
    var hasComma = false
    while peek == UInt8(ascii: ",") {
      if isStrict, isFirst || hasComma { throw error("one comma too many: remove it") }
      hasComma = true
      advance()
      try skipBlank()
    }
    guard let next = peek else {
      throw ConfigurationError(
        at: start, key: path,
        message: ConfigurationRemark.message(
          "this bracket is never closed: '", quoting: [close], "' is missing"))
    }
    if next == close {
      if isStrict, hasComma {
        throw error("no comma may stand before '", quoting: [close], "': remove it")
      }
      advance()
      depth -= 1
      return false
    }
    if isStrict, !isFirst, !hasComma {
      throw error("here should be a comma or '", quoting: [close], "'")
    }
    return true
  }

  private mutating func quotedText() throws(ConfigurationError) -> [UInt8] {
    let start = position
    var bytes: [UInt8] = []
    advance()
    while true {
      switch peek {
      case UInt8(ascii: "\""):
        advance()
        return bytes
      case UInt8(ascii: "\\"): bytes.append(try escaped())
      case UInt8(ascii: "\n"), UInt8(ascii: "\r"), nil:
        throw ConfigurationError(
          at: start, key: path,
          message: ConfigurationRemark.message(
            "the closing double quote is missing: a text ends on the line it begins on"))
      case let byte?:
        bytes.append(byte)
        advance()
      }
    }
  }

  private mutating func escaped() throws(ConfigurationError) -> UInt8 {
    guard offset + 3 < text.count, text[offset + 1] == UInt8(ascii: "x"),
      let high = Hex.value(text[offset + 2]), let low = Hex.value(text[offset + 3])
    else {
      throw error("a backslash is followed by x and two hex digits, as in \\x5c for itself")
    }
    for _ in 0..<4 { advance() }
    return high << 4 | low
  }

  private mutating func integer() throws(ConfigurationError) -> Int64 {
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
        throw ConfigurationError(
          at: start, key: path,
          message: ConfigurationRemark.message("this number is too large"))
      }
      value = sum
      digitCount += 1
      advance()
    }
    guard digitCount > 0 else { throw error("a digit must follow the minus sign") }
    return value
  }

  /// Steps over white space and comments.
  private mutating func skipBlank() throws(ConfigurationError) {
    while let byte = peek {
      switch byte {
      case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\n"), UInt8(ascii: "\r"):
        advance()
      case UInt8(ascii: "/"): try skipComment()
      default: return
      }
    }
  }

  private mutating func skipComment() throws(ConfigurationError) {
    let start = position
    let kind = offset + 1 < text.count ? text[offset + 1] : 0
    if kind == UInt8(ascii: "/") {
      while let byte = peek, byte != UInt8(ascii: "\n") { advance() }
      return
    }
    guard kind == UInt8(ascii: "*") else {
      throw error("a lone slash: comments are // to the end of the line or /* up to */")
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
    throw ConfigurationError(
      at: start, key: path,
      message: ConfigurationRemark.message("this comment is never closed: */ is missing"))
  }

  /// Some editors put one before everything else, where nobody sees it.
  private mutating func skipByteOrderMark() {
    if text.count >= 3, text[0] == 0xef, text[1] == 0xbb, text[2] == 0xbf { offset = 3 }
  }

  private var peek: UInt8? { offset < text.count ? text[offset] : nil }

  @inline(never)
  private mutating func advance() {
    position.step(over: text[offset])
    offset += 1
  }

  @inline(never)
  private func error(
    _ before: StaticString, quoting quoted: [UInt8] = [], _ after: StaticString = ""
  ) -> ConfigurationError {
    ConfigurationError(
      at: position, key: path,
      message: ConfigurationRemark.message(before, quoting: quoted, after))
  }
}
