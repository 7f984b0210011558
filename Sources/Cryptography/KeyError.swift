/// Why bytes or text are no key of this network.
public enum KeyError: Error, Equatable, Sendable {
  /// A public key in text has exactly 54 characters.
  case wrongLength
  /// A public key in text ends with `.k`.
  case missingSuffix
  /// A character is no base-32 digit, or the last digit holds bits beyond the 32 bytes.
  case undecodable
  /// The key's address does not start with fc.
  case notInRange
}
