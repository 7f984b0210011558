import Bytes

/// What there is to say about one place of a configuration: thrown if the node cannot start with
/// it, collected if it can. An object, because it is thrown through many functions.
public final class ConfigurationRemark: Error {
  public let position: TextPosition
  /// The whole name of the key, such as `interfaces.UDPInterface[0].bind`; empty for the file.
  public let key: [UInt8]
  /// What is wrong and what to do about it, one line.
  public let message: [UInt8]

  @inline(never)
  public init(at position: TextPosition, key: [UInt8], message: [UInt8]) {
    self.position = position
    self.key = key
    self.message = message
  }

  public var line: Int { position.line }
  public var column: Int { position.column }

  /// `line 3, column 7: admin.bind: what is wrong and what to do`.
  public func appendText(to text: inout ByteWriter) {
    text.append("line ")
    text.append(decimal: UInt64(line))
    text.append(", column ")
    text.append(decimal: UInt64(column))
    text.append(": ")
    if !key.isEmpty {
      text.append(key)
      text.append(": ")
    }
    text.append(message)
  }

  /// `before`, then `quoted` so that it is fit for a terminal, then `after`.
  @inline(never) static func message(
    _ before: StaticString, quoting quoted: [UInt8] = [], _ after: StaticString = ""
  ) -> [UInt8] {
    var text = ByteWriter()
    text.append(before)
    text.appendQuoted(quoted)
    text.append(after)
    return text.bytes
  }
}

/// Why a node cannot start with a configuration.
public typealias ConfigurationError = ConfigurationRemark

/// What an operator should know about a configuration that the node starts with.
public typealias ConfigurationNote = ConfigurationRemark

extension ByteWriter {
  /// `content`, shortened, with `?` for what a terminal might take as a command.
  @inline(never) mutating func appendQuoted(_ content: [UInt8]) {
    for byte in content.prefix(64) { append(byte < 32 || byte == 127 ? UInt8(ascii: "?") : byte) }
    if content.count > 64 { append("...") }
  }
}

extension [UInt8] {
  /// True if these are the bytes of `text`.
  @inline(never) func isText(_ text: StaticString) -> Bool {
    let text = text.span
    guard count == text.count else { return false }
    for i in 0..<count where self[i] != text[i] { return false }
    return true
  }
}
