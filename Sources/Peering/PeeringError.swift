/// Why a peer cannot be added.
public enum PeeringError: Error, Equatable, Sendable {
  /// The key is zero, or its address does not start with fc.
  case unusableKey
  /// The key is the node's own.
  case ownKey
  /// There is no link with that number.
  case noSuchLink
  /// The link carries addresses of another kind.
  case wrongFamily
  /// A password, login or name has more than 64 bytes.
  case textTooLong
  /// The table of peers is full.
  case full
}
