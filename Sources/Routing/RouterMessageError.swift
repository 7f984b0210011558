/// Why a message between routers is dropped without an answer (routing.md section 8).
public enum RouterMessageError: Error, Equatable, Sendable {
  /// No bencoded dictionary.
  case malformed
  /// No transaction number, or one that is longer than we echo.
  case noTransaction
  /// No protocol version, or one that we do not speak.
  case incompatible
  /// A scheme that is none, or a form that is not in it.
  case badScheme
}
