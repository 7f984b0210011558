import Bytes

/// A bencoded dictionary in bytes that somebody else keeps: checked as a whole once, then asked
/// for keys. It holds positions only, and allocates nothing.
public struct BencodeReader: ~Escapable {
  /// A value that was found: what it is and where its bytes are.
  public enum Value: Equatable, Sendable {
    case integer(Int64)
    /// The range of the string's bytes.
    case string(Range<Int>)
    /// The range of the whole list, from `l` to `e`.
    case list(Range<Int>)
    /// The range of the whole dictionary, from `d` to `e`.
    case dictionary(Range<Int>)
  }

  private let bytes: Span<UInt8>
  private let dialect: BencodeDialect
  /// The whole outermost dictionary; what follows it is no part of the message.
  public let range: Range<Int>

  /// Checks all of `bytes`, which must be one dictionary.
  @_lifetime(copy bytes)
  public init(_ bytes: Span<UInt8>, _ dialect: BencodeDialect) throws(BencodeError) {
    self.bytes = bytes
    self.dialect = dialect
    var scanner = Scanner(bytes, dialect)
    guard bytes.count > 0 else { throw .endOfInput }
    guard bytes[0] == UInt8(ascii: "d") else { throw .notDictionary }
    _ = try scanner.value(depth: 0)
    guard dialect.ignoresTrailingBytes || scanner.index == bytes.count else {
      throw .trailingBytes
    }
    range = 0..<scanner.index
  }

  /// The bytes of a string that `subscript` found.
  @_lifetime(copy self)
  public func string(_ range: Range<Int>) -> Span<UInt8> { bytes.extracting(range) }

  /// The value of `key` in the outermost dictionary. Of equal keys the last one counts.
  public subscript(key: StaticString) -> Value? { value(of: key, in: range) }

  /// The integer at `key` in the outermost dictionary; nil if it is missing or of another type.
  public func integer(_ key: StaticString) -> Int64? {
    if case .integer(let value)? = self[key] { value } else { nil }
  }

  /// The string at `key` in the outermost dictionary; nil if it is missing or of another type.
  public func stringRange(_ key: StaticString) -> Range<Int>? {
    if case .string(let range)? = self[key] { range } else { nil }
  }

  /// The value of `key` in the dictionary at `range`.
  public func value(of key: StaticString, in range: Range<Int>) -> Value? {
    var found: Value?
    forEachEntry(in: range) { keyRange, value in
      if Self.spells(bytes.extracting(keyRange), key) { found = value }
    }
    return found
  }

  /// Calls `body` with each key (the range of its bytes) and value of the dictionary at `range`.
  public func forEachEntry(in range: Range<Int>, _ body: (Range<Int>, Value) -> Void) {
    var scanner = Scanner(bytes, dialect)
    scanner.index = range.lowerBound + 1
    var isFirst = range.lowerBound == 0
    while scanner.index < range.upperBound - 1 {
      // Checked by the initializer: neither can fail.
      guard let key = try? scanner.string(padded: isFirst),
        let value = try? scanner.value(depth: 1)
      else { return }
      isFirst = false
      body(key, value)
    }
  }

  /// Calls `body` with each element of the list at `range`.
  public func forEachElement(in range: Range<Int>, _ body: (Value) -> Void) {
    var scanner = Scanner(bytes, dialect)
    scanner.index = range.lowerBound + 1
    while scanner.index < range.upperBound - 1 {
      guard let value = try? scanner.value(depth: 1) else { return }
      body(value)
    }
  }

  /// True if `bytes` are those of `text`.
  public static func spells(_ bytes: Span<UInt8>, _ text: StaticString) -> Bool {
    let text = text.span
    guard bytes.count == text.count else { return false }
    for i in 0..<bytes.count where bytes[i] != text[i] { return false }
    return true
  }
}

/// Walks over values from the front, checking them.
private struct Scanner: ~Escapable {
  let bytes: Span<UInt8>
  let dialect: BencodeDialect
  var index = 0

  @_lifetime(copy bytes)
  init(_ bytes: Span<UInt8>, _ dialect: BencodeDialect) {
    self.bytes = bytes
    self.dialect = dialect
  }

  private func peek() throws(BencodeError) -> UInt8 {
    guard index < bytes.count else { throw .endOfInput }
    return bytes[index]
  }

  @_lifetime(self: copy self)
  mutating func value(depth: Int) throws(BencodeError) -> BencodeReader.Value {
    guard depth <= dialect.depthMax else { throw .tooDeep }
    let start = index
    switch try peek() {
    case UInt8(ascii: "i"):
      index += 1
      return .integer(try integer())
    case UInt8(ascii: "l"):
      index += 1
      while try peek() != UInt8(ascii: "e") { _ = try value(depth: depth + 1) }
      index += 1
      return .list(start..<index)
    case UInt8(ascii: "d"):
      index += 1
      var isFirst = depth == 0
      while try peek() != UInt8(ascii: "e") {
        _ = try string(padded: isFirst)
        isFirst = false
        _ = try value(depth: depth + 1)
      }
      index += 1
      return .dictionary(start..<index)
    default:
      return .string(try string(padded: false))
    }
  }

  /// A string; with `padded` its length may begin with zeros in every dialect.
  @_lifetime(self: copy self)
  mutating func string(padded: Bool) throws(BencodeError) -> Range<Int> {
    let start = index
    var count = 0
    while true {
      let byte = try peek()
      index += 1
      if byte == UInt8(ascii: ":") { break }
      guard byte >= 48, byte <= 57 else { throw .malformed }
      count = count * 10 + Int(byte - 48)
      // No string is longer than what it stands in.
      guard count <= bytes.count else { throw .endOfInput }
    }
    let digitCount = index - 1 - start
    guard digitCount > 0 else { throw .malformed }
    if digitCount > 1, bytes[start] == 48, !padded, !dialect.isLax { throw .malformed }
    guard count <= bytes.count - index else { throw .endOfInput }
    let range = index..<(index + count)
    index += count
    return range
  }

  @_lifetime(self: copy self)
  private mutating func integer() throws(BencodeError) -> Int64 {
    let negative = try peek() == UInt8(ascii: "-")
    if negative { index += 1 }
    let start = index
    var value: Int64 = 0
    while true {
      let byte = try peek()
      index += 1
      if byte == UInt8(ascii: "e") { break }
      guard byte >= 48, byte <= 57 else { throw .malformed }
      let digit = Int64(byte - 48)
      let (product, overflow) = value.multipliedReportingOverflow(by: 10)
      let (sum, overflow2) =
        negative
        ? product.subtractingReportingOverflow(digit) : product.addingReportingOverflow(digit)
      if overflow || overflow2, !dialect.isLax { throw .outOfRange }
      value = sum
    }
    let digitCount = index - 1 - start
    guard digitCount > 0 else { throw .malformed }
    if !dialect.isLax, bytes[start] == 48, digitCount > 1 || negative { throw .malformed }
    return value
  }
}
