import Bytes
import Cryptography

/// Passwords that nobody can guess, for files that people copy from.
public enum Password {
  public static var characterCount: Int { 31 }

  /// 31 base-32 digits, 155 random bits.
  public static func generate(_ entropy: Entropy) -> [UInt8] {
    var bits = FixedBytes<20>()
    var span = bits.mutableSpan
    entropy.fillSecret(&span)
    return [UInt8](Base32.encode(bits.span).prefix(characterCount))
  }
}
