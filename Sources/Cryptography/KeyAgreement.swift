import Bytes

/// Shared secrets of CryptoAuth (crypto.md 3.4). Each agreement costs one X25519.
public enum KeyAgreement {
  /// The public key of a private one.
  public static func publicKey(of secret: borrowing SecretBytes<32>) -> PublicKey {
    var bytes = FixedBytes<32>()
    var result = bytes.mutableSpan
    Backend.x25519Base(secret.span, into: &result)
    return PublicKey(bytes)
  }

  /// The secret of two keys without a password: HSalsa20(X25519), NaCl's "beforenm". False, and a
  /// wiped `result`, if the peer's key is a point of low order.
  public static func passwordless(
    secret: borrowing SecretBytes<32>, peer: PublicKey, into result: inout SecretBytes<32>
  ) -> Bool {
    var shared = SecretBytes<32>()
    guard agree(secret, peer, into: &shared) else {
      result.wipe()
      return false
    }
    let zeros = FixedBytes<16>()
    var key = result.mutableSpan
    Backend.hsalsa20(key: shared.span, input: zeros.span, into: &key)
    return true
  }

  /// The secret of two keys and a password: SHA-256(X25519 || `passwordHash`), where the hash is
  /// the 32 bytes of `hashPassword`. False, and a wiped `result`, as above.
  public static func withPassword(
    secret: borrowing SecretBytes<32>, peer: PublicKey, passwordHash: Span<UInt8>,
    into result: inout SecretBytes<32>
  ) -> Bool {
    precondition(passwordHash.count == 32)
    var shared = SecretBytes<32>()
    guard agree(secret, peer, into: &shared) else {
      result.wipe()
      return false
    }
    var key = result.mutableSpan
    Backend.sha256(shared.span, passwordHash, into: &key)
    return true
  }

  /// SHA-256 of a password: what goes into `withPassword`, whatever the login.
  public static func hashPassword(_ password: Span<UInt8>, into result: inout SecretBytes<32>) {
    var hash = result.mutableSpan
    Backend.sha256(password, password.extracting(0..<0), into: &hash)
  }

  private static func agree(
    _ secret: borrowing SecretBytes<32>, _ peer: PublicKey, into shared: inout SecretBytes<32>
  ) -> Bool {
    var result = shared.mutableSpan
    return Backend.x25519(secret.span, peer.bytes.span, into: &result)
  }
}
