import Bytes

/// The 12 bytes of a handshake header that say whose password it uses (crypto.md 3.3).
///
/// ```
///                1               2               3
///  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// | type 0, 1, 2  |                                               |
/// +-+-+-+-+-+-+-+-+              lookup (7 bytes)                 +
/// |                                                               |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |                        zero (4 bytes)                         |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// ```
public enum Challenge {
  /// Bytes of a challenge.
  public static var byteCount: Int { 12 }
  /// The part by which a user is looked up: type and lookup.
  public static var lookupByteCount: Int { 8 }

  /// Type 1: bytes 1 to 7 of SHA-256(SHA-256(password)).
  public static func password(_ password: Span<UInt8>) -> FixedBytes<12> {
    var once = SecretBytes<32>()
    KeyAgreement.hashPassword(password, into: &once)
    return make(type: 1, hashing: once.span)
  }

  /// Type 2: bytes 1 to 7 of SHA-256(login).
  public static func login(_ login: Span<UInt8>) -> FixedBytes<12> {
    make(type: 2, hashing: login)
  }

  @_optimize(size)
  private static func make(type: UInt8, hashing content: Span<UInt8>) -> FixedBytes<12> {
    var digest = FixedBytes<32>()
    var result = digest.mutableSpan
    Backend.sha256(content, content.extracting(0..<0), into: &result)
    var challenge = FixedBytes<12>()
    challenge[0] = type
    for i in 1..<lookupByteCount { challenge[i] = digest[i] }
    return challenge
  }
}
