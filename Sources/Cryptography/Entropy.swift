import Bytes

/// Where random bytes come from. The two sides let an implementation keep what becomes a secret
/// apart from what goes over the wire in clear.
public protocol Entropy: AnyObject {
  /// Fills `bytes` with bytes nobody can guess: private keys, generated passwords.
  func fillSecret(_ bytes: inout MutableSpan<UInt8>)
  /// Fills `bytes` with bytes that others will see: nonces, cookies, transaction numbers.
  func fillPublic(_ bytes: inout MutableSpan<UInt8>)
}

extension Entropy {
  /// 32 random bits of the public side.
  public func randomUInt32() -> UInt32 {
    var bytes = FixedBytes<4>()
    var span = bytes.mutableSpan
    fillPublic(&span)
    return bytes.span.load32(bigEndianAt: 0)
  }

  /// 64 random bits of the public side.
  public func randomUInt64() -> UInt64 {
    var bytes = FixedBytes<8>()
    var span = bytes.mutableSpan
    fillPublic(&span)
    return bytes.span.load64(bigEndianAt: 0)
  }

  /// A random number from 0 to `bound` − 1, each equally likely; `bound` is at least 1.
  public func random(below bound: UInt64) -> UInt64 {
    precondition(bound > 0)
    let fairLimit = UInt64.max - UInt64.max % bound
    var number = randomUInt64()
    while number >= fairLimit { number = randomUInt64() }
    return number % bound
  }
}
