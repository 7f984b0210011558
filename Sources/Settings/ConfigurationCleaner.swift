import Bytes

/// Makes plain JSON for other programs of a configuration in either syntax (`--cleanconf`).
///
/// The order of the keys stays. Quotes, backslashes and control characters become `\x` and two
/// digits, which is what cjdroute reads, though not what JSON calls an escape.
public enum ConfigurationCleaner {
  /// The JSON, with `version` 2 at least and a newline at the end. Keys that were given twice are
  /// named in `notes`.
  public static func clean(
    _ text: Span<UInt8>, notes: inout [ConfigurationNote]
  ) throws(ConfigurationError) -> [UInt8] {
    let document = try ConfigurationDocument(text)
    notes += document.notes
    var output = ByteWriter()
    append(withVersion(document.root), depth: 0, to: &output)
    output.append("\n")
    return output.bytes
  }

  private static func withVersion(_ root: ConfigurationValue) -> ConfigurationValue {
    guard case .dict(var entries) = root.content else { return root }
    var key = ByteWriter()
    key.append("version")
    let version = ConfigurationEntry(
      key: key.bytes, position: root.position,
      value: ConfigurationValue(at: root.position, .integer(2)))
    if let index = entries.firstIndex(where: { $0.key == version.key }) {
      if case .integer(2...) = entries[index].value.content { return root }
      entries[index] = version
    } else {
      entries.append(version)
    }
    return ConfigurationValue(at: root.position, .dict(entries))
  }

  private static func append(
    _ value: ConfigurationValue, depth: Int, to output: inout ByteWriter
  ) {
    switch value.content {
    case .text(let bytes): append(text: bytes, to: &output)
    case .integer(let number): output.append(decimal: number)
    case .list(let values):
      output.append("[")
      for (index, value) in values.enumerated() {
        newLine(isFirst: index == 0, depth: depth + 1, to: &output)
        append(value, depth: depth + 1, to: &output)
      }
      if !values.isEmpty { newLine(isFirst: true, depth: depth, to: &output) }
      output.append("]")
    case .dict(let entries):
      output.append("{")
      for (index, entry) in entries.enumerated() {
        newLine(isFirst: index == 0, depth: depth + 1, to: &output)
        append(text: entry.key, to: &output)
        output.append(": ")
        append(entry.value, depth: depth + 1, to: &output)
      }
      if !entries.isEmpty { newLine(isFirst: true, depth: depth, to: &output) }
      output.append("}")
    }
  }

  private static func newLine(isFirst: Bool, depth: Int, to output: inout ByteWriter) {
    output.append(isFirst ? "\n" : ",\n")
    for _ in 0..<depth { output.append("  ") }
  }

  static func append(text bytes: [UInt8], to output: inout ByteWriter) {
    output.append("\"")
    for byte in bytes {
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"), 0..<32, 127:
        output.append("\\x")
        output.append(hex: UInt64(byte), digits: 2)
      default: output.append(byte)
      }
    }
    output.append("\"")
  }
}
