import Bytes
import Cryptography
import Switching
import Wire

/// A request whose bencode was checked: its arguments by name. What is of another type than asked
/// for counts as absent (admin.md section 3).
struct AdminRequest: ~Escapable {
  private let reader: BencodeReader
  private let arguments: Range<Int>?

  @_lifetime(copy reader)
  init(_ reader: BencodeReader) {
    self.reader = reader
    if case .dictionary(let range)? = reader["args"] { arguments = range } else { arguments = nil }
  }

  @inline(never)
  private func value(_ name: StaticString) -> BencodeReader.Value? {
    guard let arguments else { return nil }
    return reader.value(of: name, in: arguments)
  }

  @inline(never)
  func integer(_ name: StaticString) -> Int64? {
    if case .integer(let value)? = value(name) { value } else { nil }
  }

  /// A number from 0 to `max`, 0 if it is not there.
  @inline(never)
  func number(
    _ name: StaticString, max: Int64, _ failure: StaticString
  ) throws(AdminFailure) -> Int64 {
    let number = integer(name) ?? 0
    guard number >= 0, number <= max else { throw AdminFailure(failure) }
    return number
  }

  /// The bytes of a string, borrowed; none if it is not there.
  @inline(never)
  @_lifetime(copy self)
  func span(_ name: StaticString) -> Span<UInt8> {
    if case .string(let range)? = value(name) { return reader.string(range) }
    return reader.string(0..<0)
  }

  /// The bytes of a string; none if it is not there.
  @inline(never)
  func bytes(_ name: StaticString) -> [UInt8] { [UInt8](copying: span(name)) }

  /// The same, an empty string being none: clients send one for what was left out.
  @inline(never)
  func text(_ name: StaticString) -> [UInt8]? {
    let text = bytes(name)
    return text.isEmpty ? nil : text
  }

  /// True if there is a string, maybe an empty one.
  func hasText(_ name: StaticString) -> Bool {
    if case .string? = value(name) { true } else { false }
  }

  /// The strings of a list.
  func strings(_ name: StaticString) -> [[UInt8]] {
    var strings: [[UInt8]] = []
    guard case .list(let range)? = value(name) else { return strings }
    reader.forEachElement(in: range) { value in
      if case .string(let range) = value { strings.append([UInt8](copying: reader.string(range))) }
    }
    return strings
  }

  // MARK: What strings spell

  @inline(never)
  func address(
    _ name: StaticString, _ failure: StaticString
  ) throws(AdminFailure) -> IPv6Address {
    guard let address = IPv6Address(text: span(name)) else { throw AdminFailure(failure) }
    return address
  }

  /// nil if it is not there or empty.
  @inline(never)
  func addressIfGiven(
    _ name: StaticString, _ failure: StaticString
  ) throws(AdminFailure) -> IPv6Address? {
    span(name).isEmpty ? nil : try address(name, failure)
  }

  @inline(never)
  func label(_ name: StaticString, _ failure: StaticString) throws(AdminFailure) -> Label {
    guard let label = Label(text: span(name)) else { throw AdminFailure(failure) }
    return label
  }

  // MARK: What many functions take

  /// The page asked for; the first if none was.
  var page: Int { Int(truncatingIfNeeded: max(-1, min(integer("page") ?? 0, 1 << 20))) }

  /// The interface asked for; number 0 if none was, −1 for one that cannot be.
  var interfaceNumber: Int {
    Int(truncatingIfNeeded: max(-1, min(integer("interfaceNumber") ?? 0, 1 << 20)))
  }

  /// The letter of the type of the argument with a name from the table; nil if it is not there.
  func type(of argument: AdminSignature.Argument) -> UInt8? {
    guard let arguments else { return nil }
    var found: UInt8?
    reader.forEachEntry(in: arguments) { key, value in
      guard spells(key, argument.name) else { return }
      switch value {
      case .integer: found = UInt8(ascii: "I")
      case .string: found = UInt8(ascii: "S")
      case .list: found = UInt8(ascii: "L")
      case .dictionary: found = UInt8(ascii: "D")
      }
    }
    return found
  }

  private func spells(_ key: Range<Int>, _ name: Range<Int>) -> Bool {
    let text = AdminSignature.text
    let key = reader.string(key)
    guard key.count == name.count else { return false }
    for i in 0..<key.count where key[i] != text[name.lowerBound + i] { return false }
    return true
  }
}
