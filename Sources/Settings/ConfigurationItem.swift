import Bytes
import Wire

/// A place of a configuration with its whole name, so that whatever is wrong with it can be said
/// with line, column and key. What is not there, or of another kind, reads as nothing: 0, no text,
/// an empty list; the latter is reported. A class, because a reference is cheap to hand around.
final class ConfigurationItem {
  let path: [UInt8]
  /// Of what is not there: that of the section in which it is not.
  let position: TextPosition
  /// nil: it is not there.
  let content: ConfigurationValue.Content?
  let report: ConfigurationReport

  @inline(never)
  init(
    path: [UInt8], at position: TextPosition, _ content: ConfigurationValue.Content?,
    _ report: ConfigurationReport
  ) {
    self.path = path
    self.position = position
    self.content = content
    self.report = report
  }

  // MARK: Sections

  /// True if it is there.
  var isGiven: Bool { content != nil }

  /// The entry `key` of a section.
  @inline(never) subscript(key: StaticString) -> ConfigurationItem {
    var name = ByteWriter()
    name.append(path)
    if !path.isEmpty { name.append(".") }
    name.append(key)
    for entry in entries where entry.key.isText(key) {
      return item(name.bytes, entry.value)
    }
    return ConfigurationItem(path: name.bytes, at: position, nil, report)
  }

  /// The entry `key`, which the node cannot do without.
  @inline(never) func required(_ key: StaticString, _ remedy: StaticString) -> ConfigurationItem {
    let item = self[key]
    if !item.isGiven { item.add(isError: true, "is missing: ", [], remedy) }
    return item
  }

  /// Those of a section; nothing else has any.
  var entries: [ConfigurationEntry] {
    if case .dict(let entries)? = content { entries } else { [] }
  }

  var isSection: Bool {
    if case .dict? = content { true } else { false }
  }

  /// Itself, a section. Programs that turn other formats into this one write an empty list for an
  /// empty dict, so that is one, too.
  @inline(never) func section() -> ConfigurationItem {
    switch content {
    case .dict, nil: break
    case .list(let items) where items.isEmpty: break
    default: fail("must be a section in { }")
    }
    return self
  }

  /// The entries of a section whose keys are no words of ours: of each the key, as text, and the
  /// value.
  @inline(never) func members() -> [(key: ConfigurationItem, value: ConfigurationItem)] {
    var members: [(key: ConfigurationItem, value: ConfigurationItem)] = []
    for entry in section().entries {
      var name = ByteWriter()
      name.append(path)
      name.append("[\"")
      name.appendQuoted(entry.key)
      name.append("\"]")
      members.append(
        (
          ConfigurationItem(path: name.bytes, at: entry.position, .text(entry.key), report),
          item(name.bytes, entry.value)
        ))
    }
    return members
  }

  /// The elements of a list; a dict stands for a list of one, as in files of 2012.
  @inline(never) func elements() -> [ConfigurationItem] {
    var items: [ConfigurationItem] = []
    switch content {
    case nil: break
    case .dict: items.append(self)
    case .list(let values):
      for value in values {
        var name = ByteWriter()
        name.append(path)
        name.append("[")
        name.append(decimal: UInt64(items.count))
        name.append("]")
        items.append(item(name.bytes, value))
      }
    default: fail("must be a list in [ ]")
    }
    return items
  }

  @inline(never)
  private func item(_ path: [UInt8], _ value: ConfigurationValue) -> ConfigurationItem {
    ConfigurationItem(path: path, at: value.position, value.content, report)
  }

  // MARK: Values

  @inline(never) func text() -> [UInt8] {
    switch content {
    case .text(let bytes): return bytes
    case nil: break
    default: fail("must be text in double quotes")
    }
    return []
  }

  /// Text that is not empty and of at most `max` bytes.
  @inline(never) func text(max: Int) -> [UInt8] {
    let bytes = text()
    guard isGiven else { return bytes }
    if bytes.isEmpty { fail("must not be empty") }
    if bytes.count > max {
      var limit = ByteWriter()
      limit.append(decimal: UInt64(max))
      add(isError: true, "is too long: at most ", limit.bytes, " characters")
    }
    return bytes
  }

  /// The same; nil if it is not there.
  @inline(never) func textIfGiven(max: Int) -> [UInt8]? {
    let bytes = text(max: max)
    return isGiven ? bytes : nil
  }

  @inline(never) func integer() -> Int64 {
    switch content {
    case .integer(let number): return number
    case nil: break
    default: fail("must be a whole number without quotes")
    }
    return 0
  }

  /// A number from 0 to `max`.
  @inline(never) func number(max: Int64, _ message: StaticString) -> Int64 {
    let number = integer()
    if number >= 0, number <= max { return number }
    fail(message)
    return 0
  }

  /// 0 for no, any other number for yes.
  @inline(never) func flag() -> Bool {
    switch content {
    case .integer(let number): return number != 0
    case nil: break
    default: fail("must be 1 for yes or 0 for no, without quotes")
    }
    return false
  }

  /// True if it is the number 0, by which some texts are switched off.
  @inline(never) var isZero: Bool {
    if case .integer(0)? = content { true } else { false }
  }

  /// The address that a text spells.
  @inline(never) func linkAddress() -> LinkAddress? {
    let text = text()
    return LinkAddress(text: text.span)
  }

  /// True if nothing is asked for: no text, 0, a list without elements, a section of such.
  @inline(never) var isEmpty: Bool { content.map(Self.isEmpty) ?? true }

  private static func isEmpty(_ content: ConfigurationValue.Content) -> Bool {
    switch content {
    case .text(let bytes): return bytes.isEmpty
    case .integer(let number): return number == 0
    case .list(let values): return values.isEmpty
    case .dict(let entries):
      for entry in entries where !isEmpty(entry.value.content) { return false }
      return true
    }
  }

  // MARK: Remarks

  /// The node cannot start with this.
  @inline(never) func fail(_ message: StaticString) { add(isError: true, message, [], "") }

  /// The same, of the text that is here: `'text' is wrong`.
  @inline(never) func failQuoting(_ message: StaticString) {
    add(isError: true, "'", text(), message)
  }

  /// It can, but the operator should know.
  @inline(never) func note(_ message: StaticString) { add(isError: false, message, [], "") }

  @inline(never) func noteQuoting(_ message: StaticString) {
    add(isError: false, "'", text(), message)
  }

  @inline(never) private func add(
    isError: Bool, _ before: StaticString, _ quoted: [UInt8], _ after: StaticString
  ) {
    report.add(
      ConfigurationRemark(
        at: position, key: path,
        message: ConfigurationRemark.message(before, quoting: quoted, after)),
      isError: isError)
  }
}
