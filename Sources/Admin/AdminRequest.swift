import Bytes
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

  private func value(_ name: StaticString) -> BencodeReader.Value? {
    guard let arguments else { return nil }
    return reader.value(of: name, in: arguments)
  }

  func integer(_ name: StaticString) -> Int64? {
    if case .integer(let value)? = value(name) { value } else { nil }
  }

  /// The bytes of a string.
  func bytes(_ name: StaticString) -> [UInt8]? {
    if case .string(let range)? = value(name) { copy(range) } else { nil }
  }

  /// The same, an empty string being none: clients send one for what was left out.
  func text(_ name: StaticString) -> [UInt8]? {
    guard let bytes = bytes(name), !bytes.isEmpty else { return nil }
    return bytes
  }

  /// The strings of a list.
  func strings(_ name: StaticString) -> [[UInt8]]? {
    guard case .list(let range)? = value(name) else { return nil }
    var ranges: [Range<Int>] = []
    reader.forEachElement(in: range) { value in
      if case .string(let range) = value { ranges.append(range) }
    }
    return ranges.map { copy($0) }
  }

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

  private func copy(_ range: Range<Int>) -> [UInt8] {
    let span = reader.string(range)
    return [UInt8](unsafeUninitializedCapacity: span.count) { buffer, count in
      for i in 0..<span.count { buffer[i] = span[i] }
      count = span.count
    }
  }
}
