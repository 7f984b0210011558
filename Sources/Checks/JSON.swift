import Bytes

/// A JSON document as a tree, for the vector files. Text is bytes; a number that is no integer is
/// kept as `fraction` (the vectors hold none that a check needs).
public indirect enum JSON {
  case null
  case bool(Bool)
  case integer(negative: Bool, magnitude: UInt64)
  case fraction
  case text([UInt8])
  case list([JSON])
  case object([Member])

  /// One key and its value, in the order of the file.
  public struct Member {
    public let key: [UInt8]
    public let value: JSON
  }

  /// The value of `key`; `.null` if this is no object or has no such key.
  public subscript(key: StaticString) -> JSON {
    guard case .object(let members) = self else { return .null }
    for member in members where member.key.isText(key) { return member.value }
    return .null
  }

  /// The element at `index`; `.null` if this is no list or ends before it.
  public subscript(index: Int) -> JSON {
    guard case .list(let items) = self, index >= 0, index < items.count else { return .null }
    return items[index]
  }

  public var isNull: Bool {
    if case .null = self { true } else { false }
  }

  /// The elements of a list; none for anything else.
  public var items: [JSON] {
    if case .list(let items) = self { items } else { [] }
  }

  /// The members of an object; none for anything else.
  public var members: [Member] {
    if case .object(let members) = self { members } else { [] }
  }

  public var bool: Bool? {
    if case .bool(let value) = self { value } else { nil }
  }

  public var int: Int64? {
    guard case .integer(let negative, let magnitude) = self else { return nil }
    if negative {
      return magnitude <= 1 << 63 ? Int64(bitPattern: 0 &- magnitude) : nil
    }
    return magnitude < 1 << 63 ? Int64(magnitude) : nil
  }

  public var uint: UInt64? {
    if case .integer(false, let magnitude) = self { magnitude } else { nil }
  }

  /// The bytes of a string (UTF-8).
  public var text: [UInt8]? {
    if case .text(let bytes) = self { bytes } else { nil }
  }

  /// The bytes that a string of hex digits spells.
  public var hex: [UInt8]? {
    guard let text else { return nil }
    return Hex.decode(text.span)
  }

  /// A number of at most 64 bits written as hex digits in a string.
  public var hexNumber: UInt64? {
    guard let text, !text.isEmpty, text.count <= 16 else { return nil }
    var value: UInt64 = 0
    for character in text {
      guard let digit = Hex.value(character) else { return nil }
      value = value << 4 | UInt64(digit)
    }
    return value
  }

  public func isText(_ expected: StaticString) -> Bool {
    text?.isText(expected) ?? false
  }
}

extension [UInt8] {
  /// True if these are the bytes of `text`.
  public func isText(_ text: StaticString) -> Bool {
    guard count == text.utf8CodeUnitCount else { return false }
    for i in 0..<count where self[i] != text.utf8Start[i] { return false }
    return true
  }
}
