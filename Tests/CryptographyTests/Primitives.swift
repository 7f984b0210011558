import Bytes
import CryptographyCompact
import CryptographySodium
import Testing

/// The functions of a backend on arrays, so that a test can name one or compare two.
struct Primitives: CustomTestStringConvertible, Sendable {
  let testDescription: String
  let x25519: @Sendable (_ scalar: [UInt8], _ point: [UInt8]) -> [UInt8]?
  let x25519Base: @Sendable (_ scalar: [UInt8]) -> [UInt8]
  let hsalsa20: @Sendable (_ key: [UInt8], _ input: [UInt8]) -> [UInt8]
  let seal: @Sendable (_ message: [UInt8], _ nonce: [UInt8], _ key: [UInt8]) -> [UInt8]
  /// The buffer afterwards, and whether it was opened.
  let open: @Sendable (_ sealed: [UInt8], _ nonce: [UInt8], _ key: [UInt8]) -> ([UInt8], Bool)
  let sha256: @Sendable (_ first: [UInt8], _ second: [UInt8]) -> [UInt8]
  let sha512: @Sendable (_ content: [UInt8]) -> [UInt8]
  let areEqual: @Sendable (_ a: [UInt8], _ b: [UInt8]) -> Bool
  let wipe: @Sendable (_ bytes: [UInt8]) -> [UInt8]

  static let sodium = Primitives(
    testDescription: "libsodium",
    x25519: { scalar, point in
      fill(32) { SodiumBackend.x25519(scalar.span, point.span, into: &$0) }
    },
    x25519Base: { scalar in fill(32) { SodiumBackend.x25519Base(scalar.span, into: &$0) } },
    hsalsa20: { key, input in
      fill(32) { SodiumBackend.hsalsa20(key: key.span, input: input.span, into: &$0) }
    },
    seal: { message, nonce, key in
      change([UInt8](repeating: 0xee, count: 16) + message) {
        SodiumBackend.secretboxSeal(&$0, nonce: nonce.span, key: key.span)
      }.0
    },
    open: { sealed, nonce, key in
      change(sealed) { SodiumBackend.secretboxOpen(&$0, nonce: nonce.span, key: key.span) }
    },
    sha256: { first, second in
      fill(32) { SodiumBackend.sha256(first.span, second.span, into: &$0) }
    },
    sha512: { content in fill(64) { SodiumBackend.sha512(content.span, into: &$0) } },
    areEqual: { SodiumBackend.areEqual($0.span, $1.span) },
    wipe: { change($0) { SodiumBackend.wipe(&$0) }.0 })

  static let compact = Primitives(
    testDescription: "compact",
    x25519: { scalar, point in
      fill(32) { CompactBackend.x25519(scalar.span, point.span, into: &$0) }
    },
    x25519Base: { scalar in fill(32) { CompactBackend.x25519Base(scalar.span, into: &$0) } },
    hsalsa20: { key, input in
      fill(32) { CompactBackend.hsalsa20(key: key.span, input: input.span, into: &$0) }
    },
    seal: { message, nonce, key in
      change([UInt8](repeating: 0xee, count: 16) + message) {
        CompactBackend.secretboxSeal(&$0, nonce: nonce.span, key: key.span)
      }.0
    },
    open: { sealed, nonce, key in
      change(sealed) { CompactBackend.secretboxOpen(&$0, nonce: nonce.span, key: key.span) }
    },
    sha256: { first, second in
      fill(32) { CompactBackend.sha256(first.span, second.span, into: &$0) }
    },
    sha512: { content in fill(64) { CompactBackend.sha512(content.span, into: &$0) } },
    areEqual: { CompactBackend.areEqual($0.span, $1.span) },
    wipe: { change($0) { CompactBackend.wipe(&$0) }.0 })

  static let both = [sodium, compact]

  private static func fill(_ count: Int, _ body: (inout MutableSpan<UInt8>) -> Bool) -> [UInt8]? {
    let (bytes, ok) = change([UInt8](repeating: 0xee, count: count), body)
    return ok ? bytes : nil
  }

  private static func fill(_ count: Int, _ body: (inout MutableSpan<UInt8>) -> Void) -> [UInt8] {
    change([UInt8](repeating: 0xee, count: count), body).0
  }

  private static func change<Result>(
    _ bytes: [UInt8], _ body: (inout MutableSpan<UInt8>) -> Result
  ) -> ([UInt8], Result) {
    var bytes = bytes
    var span = bytes.mutableSpan
    let result = body(&span)
    return (bytes, result)
  }
}
