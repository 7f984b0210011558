import Bytes

/// What has the shape of the primitives and protects nothing: for the simulator, in which thousands
/// of nodes share one processor. Whoever holds the wrong key is still refused, so that a node that
/// mixes up its sessions is found out; a changed byte is not noticed.
///
/// It comes with the trait `Null` only, with which `cjdroute` does not compile.
public enum NullBackend {
  public static func appendName(to text: inout ByteWriter) { text.append("null") }

  @discardableResult
  public static func initialize() -> Bool { true }

  /// The sum without carry: the same for both sides, as each one's public key is its private one.
  public static func x25519(
    _ scalar: Span<UInt8>, _ point: Span<UInt8>, into result: inout MutableSpan<UInt8>
  ) -> Bool {
    precondition(scalar.count == 32 && point.count == 32 && result.count == 32)
    for i in 0..<32 { result[i] = scalar[i] ^ point[i] }
    return true
  }

  public static func x25519Base(_ scalar: Span<UInt8>, into result: inout MutableSpan<UInt8>) {
    precondition(scalar.count == 32 && result.count == 32)
    for i in 0..<32 { result[i] = scalar[i] }
  }

  /// 32-byte `key`, 16-byte `input`, 32-byte `result`.
  public static func hsalsa20(
    key: Span<UInt8>, input: Span<UInt8>, into result: inout MutableSpan<UInt8>
  ) {
    fill(&result, hash(input, hash(key, 1)))
  }

  /// `buffer` is 16 bytes of room for the tag, then the message, which stays as it is.
  public static func secretboxSeal(
    _ buffer: inout MutableSpan<UInt8>, nonce: Span<UInt8>, key: Span<UInt8>
  ) {
    precondition(buffer.count >= 16)
    let tag = tag(buffer.count, nonce, key)
    buffer.store(tag, bigEndianAt: 0)
    buffer.store(~tag, bigEndianAt: 8)
  }

  /// False if it was not sealed with that key and nonce, as a message of that length.
  public static func secretboxOpen(
    _ buffer: inout MutableSpan<UInt8>, nonce: Span<UInt8>, key: Span<UInt8>
  ) -> Bool {
    guard buffer.count >= 16 else { return false }
    return buffer.span.load64(bigEndianAt: 0) == tag(buffer.count, nonce, key)
  }

  public static func sha256(
    _ first: Span<UInt8>, _ second: Span<UInt8>, into result: inout MutableSpan<UInt8>
  ) {
    precondition(result.count == 32)
    fill(&result, hash(second, hash(first, 2)))
  }

  public static func sha512(_ content: Span<UInt8>, into result: inout MutableSpan<UInt8>) {
    precondition(result.count == 64)
    fill(&result, hash(content, 3))
  }

  public static func areEqual(_ a: Span<UInt8>, _ b: Span<UInt8>) -> Bool {
    guard a.count == b.count else { return false }
    for i in 0..<a.count where a[i] != b[i] { return false }
    return true
  }

  public static func wipe(_ bytes: inout MutableSpan<UInt8>) {
    for i in 0..<bytes.count { bytes[i] = 0 }
  }

  private static func tag(_ count: Int, _ nonce: Span<UInt8>, _ key: Span<UInt8>) -> UInt64 {
    hash(nonce, hash(key, UInt64(count)))
  }

  private static func fill(_ result: inout MutableSpan<UInt8>, _ seed: UInt64) {
    for i in 0..<result.count / 8 {
      result.store(mix(seed, UInt64(i) + 1), bigEndianAt: 8 * i)
    }
  }

  private static func hash(_ bytes: Span<UInt8>, _ seed: UInt64) -> UInt64 {
    var state = mix(seed, UInt64(bytes.count) | 1 << 32)
    var i = 0
    while i + 8 <= bytes.count {
      state = mix(state, bytes.load64(bigEndianAt: i))
      i += 8
    }
    while i < bytes.count {
      state = mix(state, UInt64(bytes[i]) | 1 << 16)
      i += 1
    }
    return state
  }

  /// Both halves of a product (wyhash, public domain).
  private static func mix(_ a: UInt64, _ b: UInt64) -> UInt64 {
    let product = (a ^ 0xa076_1d64_78bd_642f).multipliedFullWidth(by: b ^ 0xe703_7ed1_a0b4_28db)
    return product.high ^ product.low
  }
}
