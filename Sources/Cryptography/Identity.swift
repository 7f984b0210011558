import Bytes

/// A node's permanent key pair and what follows from it.
public final class Identity {
  public let privateKey: SecretBytes<32>
  public let publicKey: PublicKey

  /// Throws `notInRange` if the key's address does not start with fc.
  @_optimize(size)
  public init(privateKey: consuming SecretBytes<32>) throws(KeyError) {
    let publicKey = KeyAgreement.publicKey(of: privateKey)
    guard publicKey.isUsable else { throw .notInRange }
    self.privateKey = privateKey
    self.publicKey = publicKey
  }

  #if SODIUM || NULL
    /// A new key pair: draws until the address starts with fc, 256 times on average.
    @_optimize(size)
    public static func generate(_ entropy: Entropy) -> Identity {
      while true {
        do throws(KeyError) {
          return try Identity(privateKey: SecretBytes(from: entropy))
        } catch { continue }
      }
    }
  #else
    /// A new key pair: walks on from a random one until the address starts with fc, 256 keys on
    /// average. As hard to guess as if each had been drawn, but for the few bits of the length of
    /// the walk.
    @_optimize(size)
    public static func generate(_ entropy: Entropy) -> Identity {
      while true {
        var privateKey = SecretBytes<32>(from: entropy)
        var publicKey = FixedBytes<32>()
        var secret = privateKey.mutableSpan
        var result = publicKey.mutableSpan
        let isFound = Backend.searchKey(&secret, &result, count: 1 << 12) {
          PublicKey(copying: $0).isUsable
        }
        if isFound { return Identity(privateKey, PublicKey(publicKey)) }
      }
    }

    private init(_ privateKey: consuming SecretBytes<32>, _ publicKey: PublicKey) {
      self.privateKey = privateKey
      self.publicKey = publicKey
    }
  #endif
}
