/// One value of a configuration text and where it begins.
public struct ConfigurationValue: Sendable {
  /// What a value can be; there are no truth values, fractions or nulls.
  public enum Content: Sendable {
    case text([UInt8])
    case integer(Int64)
    case list([ConfigurationValue])
    case dict([ConfigurationEntry])
  }

  public var position: TextPosition
  public var content: Content

  public init(at position: TextPosition, _ content: Content) {
    self.position = position
    self.content = content
  }
}
