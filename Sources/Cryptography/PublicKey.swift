import Bytes

/// The public key of a node, or of one session: a point on Curve25519.
public struct PublicKey: Hashable, Comparable, Sendable {
  /// Bytes of a key.
  public static var byteCount: Int { 32 }
  /// Characters of a key's text: 52 base-32 digits and `.k` (crypto.md 2.3).
  public static var characterCount: Int { 54 }

  public var bytes: FixedBytes<32>

  /// Any 32 bytes are a key; whether it is of use tells `isUsable`.
  public init(_ bytes: FixedBytes<32>) { self.bytes = bytes }

  /// Copies all of `bytes`; there must be 32. Not inlined: 32 bytes in registers are much code.
  @inline(never)
  public init(copying bytes: Span<UInt8>) { self.bytes = FixedBytes(copying: bytes) }

  /// Parses the text form, exactly 54 characters. Does not check the address: see `isUsable`.
  @_optimize(size)
  public init(text: Span<UInt8>) throws(KeyError) {
    guard text.count == Self.characterCount else { throw .wrongLength }
    guard text[52] == UInt8(ascii: "."), text[53] == UInt8(ascii: "k") else {
      throw .missingSuffix
    }
    guard let decoded = Base32.decode(text.extracting(0..<52)), decoded.count == Self.byteCount
    else { throw .undecodable }
    bytes = FixedBytes(copying: decoded.span)
  }

  /// Appends the text form.
  @_optimize(size)
  public func appendText(to text: inout ByteWriter) {
    text.append(Base32.encode(bytes.span))
    text.append(".k")
  }

  /// Unsigned, first byte most significant (crypto.md 2.2).
  public static func < (a: Self, b: Self) -> Bool { a.bytes < b.bytes }

  /// True for the key that stands for "unknown" and that no peer may have.
  public var isZero: Bool { bytes.isZero }

  /// True if the key's address starts with fc (crypto.md 2.5). Costs two SHA-512.
  public var isUsable: Bool { address.isNode }

  /// The node's address: the first 16 bytes of SHA-512(SHA-512(key)) (crypto.md 2.4). Costs two
  /// SHA-512, so whoever needs it often keeps it.
  public var address: IPv6Address {
    var once = FixedBytes<64>()
    var twice = FixedBytes<64>()
    var result = once.mutableSpan
    Backend.sha512(bytes.span, into: &result)
    result = twice.mutableSpan
    Backend.sha512(once.span, into: &result)
    return IPv6Address(copying: twice.span.extracting(0..<16))
  }
}
