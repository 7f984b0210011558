import Bytes
import Cryptography

/// What of a password goes into handshake secrets (crypto.md 3.4); wiped at its end.
final class PasswordHash {
  let bytes: SecretBytes<32>

  init(of password: Span<UInt8>) {
    var hash = SecretBytes<32>()
    KeyAgreement.hashPassword(password, into: &hash)
    bytes = hash
  }

  func isEqual(to other: PasswordHash) -> Bool { bytes.isEqual(to: other.bytes) }
}
