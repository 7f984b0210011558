/// One way in which a switch writes directors: a prefix in the low bits, the number above it.
public struct EncodingForm: Equatable, Sendable {
  /// 0 (only in a scheme of one form) to 31.
  public var prefixLength: Int
  /// Bits of the number, 1 to 31.
  public var bitCount: Int
  /// The value of the prefix bits.
  public var prefix: UInt32

  public init(bitCount: Int, prefixLength: Int, prefix: UInt32) {
    self.bitCount = bitCount
    self.prefixLength = prefixLength
    self.prefix = prefix
  }

  /// Bits of a director in this form.
  public var width: Int { prefixLength + bitCount }

  /// True if the low bits of `bits` are this form's prefix.
  func matches(_ bits: UInt64) -> Bool {
    bits & ((1 << UInt64(prefixLength)) - 1) == UInt64(prefix)
  }
}
