/// A key with its value; no two entries of a dict have the same key.
public struct ConfigurationEntry: Sendable {
  public var key: [UInt8]
  /// Where the key stands.
  public var position: TextPosition
  public var value: ConfigurationValue
}
