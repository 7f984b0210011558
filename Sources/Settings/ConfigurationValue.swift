/// One value of a configuration text and where it begins.
public final class ConfigurationValue: Sendable {
  /// What a value can be; there are no truth values, fractions or nulls.
  public enum Content: Sendable {
    case text([UInt8])
    case integer(Int64)
    case list([ConfigurationValue])
    case dict([ConfigurationEntry])
  }

  public let position: TextPosition
  public let content: Content

  @inline(never)
  public init(at position: TextPosition, _ content: Content) {
    self.position = position
    self.content = content
  }
}
