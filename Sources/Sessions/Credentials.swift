import Bytes
import Cryptography

/// What a side proves itself with: the hash that goes into its handshake secrets, and the
/// challenge by which the other side finds it (crypto.md 3.3, 3.4).
final class Credentials {
  let challenge: FixedBytes<12>
  let password: PasswordHash

  /// `login` nil: the password alone (auth type 1).
  init(password: Span<UInt8>, login: [UInt8]?) {
    if let login {
      challenge = Challenge.login(login.span)
    } else {
      challenge = Challenge.password(password)
    }
    self.password = PasswordHash(of: password)
  }

  func isEqual(to other: Credentials) -> Bool {
    let isSame = password.isEqual(to: other.password)
    return isSame && challenge == other.challenge
  }
}
