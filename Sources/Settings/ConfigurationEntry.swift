/// A key with its value; no two entries of a dict have the same key.
public final class ConfigurationEntry: Sendable {
  public let key: [UInt8]
  /// Where the key stands.
  public let position: TextPosition
  public let value: ConfigurationValue

  init(key: [UInt8], position: TextPosition, value: ConfigurationValue) {
    self.key = key
    self.position = position
    self.value = value
  }
}
