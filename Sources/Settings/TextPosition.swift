/// A place in a text, line and column counted from 1; a column is a character, not a byte.
public struct TextPosition: Equatable, Sendable {
  public var line: Int
  public var column: Int

  public init(line: Int = 1, column: Int = 1) {
    self.line = line
    self.column = column
  }

  /// Moves over one byte of UTF-8.
  // Two callers; as a function of its own it moves `self` on (architecture.md, ARM).
  @inline(__always)
  mutating func step(over byte: UInt8) {
    if byte == UInt8(ascii: "\n") {
      line += 1
      column = 1
    } else if byte & 0xc0 != 0x80 {
      column += 1
    }
  }
}
