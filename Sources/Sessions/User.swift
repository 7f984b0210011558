import Bytes
import Cryptography

/// One who may come in: a password, by which or by whose login it is found.
final class User {
  let login: [UInt8]
  /// The only address its key may have; nil: any.
  let address: IPv6Address?
  /// Where it may come in; 0: everywhere.
  let realm: UInt64
  let password: PasswordHash
  /// The lookups of auth types 1 and 2, each with its type in front.
  let passwordLookup: UInt64
  let loginLookup: UInt64

  init(password: Span<UInt8>, login: [UInt8], address: IPv6Address?, realm: UInt64) {
    self.login = login
    self.address = address
    self.realm = realm
    self.password = PasswordHash(of: password)
    passwordLookup = Challenge.password(password).span.load64(bigEndianAt: 0)
    loginLookup = Challenge.login(login.span).span.load64(bigEndianAt: 0)
  }
}
