import Bytes
import Wire

/// A value of a configuration together with its whole name, so that whatever is wrong with it can
/// be said with line, column and key. A class, because a reference is cheap to hand around.
final class ConfigurationItem {
  let path: [UInt8]
  let value: ConfigurationValue

  init(path: [UInt8], value: ConfigurationValue) {
    self.path = path
    self.value = value
  }

  /// The entry `key` of a dict; nil if it has none or this is no dict.
  @inline(never) subscript(key: StaticString) -> ConfigurationItem? {
    guard case .dict(let entries) = value.content else { return nil }
    for entry in entries where entry.key.isText(key) {
      return ConfigurationItem(path: name(of: key), value: entry.value)
    }
    return nil
  }

  /// The entry `key`, which the node cannot do without.
  @inline(never) func required(
    _ key: StaticString, _ remedy: StaticString
  ) throws(ConfigurationError) -> ConfigurationItem {
    guard let item = self[key] else {
      throw ConfigurationError(
        at: value.position, key: name(of: key),
        message: ConfigurationRemark.message("is missing: ", remedy))
    }
    return item
  }

  @inline(never) func text() throws(ConfigurationError) -> [UInt8] {
    guard case .text(let bytes) = value.content else {
      throw error("must be text in double quotes")
    }
    return bytes
  }

  /// The text at `key`; nil if there is none.
  @inline(never) func text(_ key: StaticString, max: Int) throws(ConfigurationError) -> [UInt8]? {
    guard let item = self[key] else { return nil }
    return try item.text(max: max)
  }

  /// The flag at `key`; false if there is none.
  @inline(never) func flag(_ key: StaticString) throws(ConfigurationError) -> Bool {
    guard let item = self[key] else { return false }
    return try item.flag()
  }

  /// The section at `key`; an empty one if there is none.
  @inline(never) func dict(_ key: StaticString) throws(ConfigurationError) -> ConfigurationItem {
    guard let item = self[key] else {
      return ConfigurationItem(
        path: name(of: key), value: ConfigurationValue(at: value.position, .dict([])))
    }
    return try item.dict()
  }

  /// The members of the section at `key`.
  @inline(never) func members(_ key: StaticString) throws(ConfigurationError) -> [Member] {
    guard let item = self[key] else { return [] }
    return try item.members()
  }

  /// The elements of the list at `key`.
  @inline(never) func elements(_ key: StaticString) throws(ConfigurationError)
    -> [ConfigurationItem]
  {
    guard let item = self[key] else { return [] }
    return try item.elements()
  }

  /// Text that is not empty and of at most `max` bytes.
  @inline(never) func text(max: Int) throws(ConfigurationError) -> [UInt8] {
    let bytes = try text()
    guard !bytes.isEmpty else { throw error("must not be empty") }
    guard bytes.count <= max else {
      throw ConfigurationError(at: value.position, key: path, message: Self.tooLong(max))
    }
    return bytes
  }

  @inline(never) func integer() throws(ConfigurationError) -> Int64 {
    guard case .integer(let number) = value.content else {
      throw error("must be a whole number without quotes")
    }
    return number
  }

  /// 0 for no, any other number for yes.
  @inline(never) func flag() throws(ConfigurationError) -> Bool {
    guard case .integer(let number) = value.content else {
      throw error("must be 1 for yes or 0 for no, without quotes")
    }
    return number != 0
  }

  /// A section. Programs that turn other formats into this one write an empty list for an empty
  /// dict, so that is one, too.
  @inline(never) func dict() throws(ConfigurationError) -> ConfigurationItem {
    switch value.content {
    case .dict: return self
    case .list(let items) where items.isEmpty:
      return ConfigurationItem(
        path: path, value: ConfigurationValue(at: value.position, .dict([])))
    default: throw error("must be a section in { }")
    }
  }

  /// The entries of a dict by their keys.
  @inline(never) func members() throws(ConfigurationError) -> [Member] {
    guard case .dict(let entries) = try dict().value.content else { return [] }
    var members: [Member] = []
    for entry in entries {
      var name = ByteWriter()
      name.append(path)
      name.append("[\"")
      name.appendQuoted(entry.key)
      name.append("\"]")
      members.append(
        Member(
          key: entry.key, position: entry.position,
          item: ConfigurationItem(path: name.bytes, value: entry.value)))
    }
    return members
  }

  final class Member {
    let key: [UInt8]
    let position: TextPosition
    let item: ConfigurationItem

    init(key: [UInt8], position: TextPosition, item: ConfigurationItem) {
      self.key = key
      self.position = position
      self.item = item
    }

    /// The address that the key spells.
    @inline(never) var address: LinkAddress? {
      let key = key
      return LinkAddress(text: key.span)
    }

    /// Something is wrong with the key itself.
    @inline(never) func error(
      _ before: StaticString, quoting quoted: [UInt8] = [], _ after: StaticString = ""
    ) -> ConfigurationError {
      ConfigurationError(
        at: position, key: item.path,
        message: ConfigurationRemark.message(before, quoting: quoted, after))
    }
  }

  /// The elements of a list; a dict stands for a list of one, as in files of 2012.
  @inline(never) func elements() throws(ConfigurationError) -> [ConfigurationItem] {
    switch value.content {
    case .dict: return [self]
    case .list(let values):
      var items: [ConfigurationItem] = []
      for value in values {
        var name = ByteWriter()
        name.append(path)
        name.append("[")
        name.append(decimal: UInt64(items.count))
        name.append("]")
        items.append(ConfigurationItem(path: name.bytes, value: value))
      }
      return items
    default: throw error("must be a list in [ ]")
    }
  }

  /// True if nothing is asked for: no text, 0, a list without elements, a section of such.
  var isEmpty: Bool { Self.isEmpty(value) }

  private static func isEmpty(_ value: ConfigurationValue) -> Bool {
    switch value.content {
    case .text(let bytes): return bytes.isEmpty
    case .integer(let number): return number == 0
    case .list(let values): return values.isEmpty
    case .dict(let entries):
      for entry in entries where !isEmpty(entry.value) { return false }
      return true
    }
  }

  @inline(never) func error(
    _ before: StaticString, quoting quoted: [UInt8] = [], _ after: StaticString = ""
  ) -> ConfigurationError {
    ConfigurationError(
      at: value.position, key: path,
      message: ConfigurationRemark.message(before, quoting: quoted, after))
  }

  @inline(never) private func name(of key: StaticString) -> [UInt8] {
    var name = ByteWriter()
    name.append(path)
    if !path.isEmpty { name.append(".") }
    name.append(key)
    return name.bytes
  }

  private static func tooLong(_ max: Int) -> [UInt8] {
    var text = ByteWriter()
    text.append("is too long: at most ")
    text.append(decimal: UInt64(max))
    text.append(" characters")
    return text.bytes
  }
}
