/// One line for the log, made only if somebody may want to read it.
public struct LogLine: Sendable {
  /// The part of the node that speaks.
  public var source: StaticString
  /// A number that names the place in that part.
  public var line: Int
  public var text: [UInt8]

  public init(source: StaticString, line: Int, text: [UInt8]) {
    self.source = source
    self.line = line
    self.text = text
  }
}
