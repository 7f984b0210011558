import Bytes

/// Where random bytes come from; a subclass says how. The two sides let it keep what becomes a
/// secret apart from what goes over the wire in clear.
///
/// A class and no protocol: Embedded Swift makes the witness table in the module that converts, and
/// leaves out of it what that module itself does not call.
open class Entropy {
  public init() {}

  /// Fills `bytes` with bytes nobody can guess: private keys, generated passwords.
  open func fillSecret(_ bytes: inout MutableSpan<UInt8>) {
    preconditionFailure("a source of randomness defines this")
  }

  /// Fills `bytes` with bytes that others will see: nonces, cookies, transaction numbers.
  open func fillPublic(_ bytes: inout MutableSpan<UInt8>) {
    preconditionFailure("a source of randomness defines this")
  }
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
  @_optimize(size)
  public func random(below bound: UInt64) -> UInt64 {
    precondition(bound > 0)
    let fairLimit = UInt64.max - UInt64.max % bound
    var number = randomUInt64()
    while number >= fairLimit { number = randomUInt64() }
    return number % bound
  }
}
