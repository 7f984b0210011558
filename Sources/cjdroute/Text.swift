import Bytes
import Wire

/// Makes the lines that a person reads.
enum Text {
  /// `before`, `quoted`, `after`, `last`.
  @inline(never)
  static func make(
    _ before: StaticString, _ quoted: [UInt8] = [], _ after: StaticString = "",
    _ last: StaticString = ""
  ) -> [UInt8] {
    var text = ByteWriter()
    text.append(before)
    // What a terminal might take as a command is not repeated.
    for byte in quoted { text.append(byte < 32 || byte == 127 ? UInt8(ascii: "?") : byte) }
    text.append(after)
    text.append(last)
    return text.bytes
  }

  @inline(never)
  static func make(
    _ before: StaticString, _ address: LinkAddress, _ after: StaticString = "",
    _ last: StaticString = ""
  ) -> [UInt8] {
    var text = ByteWriter()
    address.appendText(to: &text)
    return make(before, text.bytes, after, last)
  }

  /// `before` and `quoted`, ended by a newline.
  static func line(_ before: StaticString, _ quoted: [UInt8] = []) -> [UInt8] {
    make(before, quoted, "\n")
  }
}
