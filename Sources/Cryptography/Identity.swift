import Bytes

/// A node's permanent key pair and what follows from it.
public final class Identity {
  public let privateKey: SecretBytes<32>
  public let publicKey: PublicKey

  /// Throws `notInRange` if the key's address does not start with fc.
  public init(privateKey: consuming SecretBytes<32>) throws(KeyError) {
    let publicKey = KeyAgreement.publicKey(of: privateKey)
    guard publicKey.isUsable else { throw .notInRange }
    self.privateKey = privateKey
    self.publicKey = publicKey
  }

  /// A new key pair: draws until the address starts with fc, 256 times on average.
  public static func generate(_ entropy: Entropy) -> Identity {
    while true {
      do throws(KeyError) {
        return try Identity(privateKey: SecretBytes(from: entropy))
      } catch { continue }
    }
  }
}
