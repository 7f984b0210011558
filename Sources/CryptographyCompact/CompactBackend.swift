import Bytes

/// The primitives in Swift, without a library, for the smallest machines. Same functions as
/// `SodiumBackend`; all of them take lengths on trust of a precondition, never of the network.
///
/// Takes the same time for every secret, as far as the machine multiplies in constant time, and
/// wipes its working memory.
public enum CompactBackend {
  /// What this is, as text.
  public static func appendName(to text: inout ByteWriter) { text.append("compact") }

  /// To be called once before anything else; false if it cannot work here.
  @discardableResult
  public static func initialize() -> Bool { true }

  /// RFC 7748: `result` = `scalar` (clamped here) times `point`, 32 bytes each. False, and a
  /// zero result, for a point of low order.
  public static func x25519(
    _ scalar: Span<UInt8>, _ point: Span<UInt8>, into result: inout MutableSpan<UInt8>
  ) -> Bool {
    multiply(scalar, point, into: &result, { X25519<MachineLimb>.multiply($0, $1, into: $2) })
  }

  @inline(__always)
  static func multiply(
    _ scalar: Span<UInt8>, _ point: Span<UInt8>, into result: inout MutableSpan<UInt8>,
    _ multiply: (
      UnsafePointer<UInt8>, UnsafePointer<UInt8>, UnsafeMutablePointer<UInt8>
    ) -> Bool
  ) -> Bool {
    precondition(scalar.count == 32 && point.count == 32 && result.count == 32)
    return scalar.withUnsafeBufferPointer { scalar in
      point.withUnsafeBufferPointer { point in
        result.withUnsafeMutableBufferPointer { result in
          multiply(scalar.baseAddress!, point.baseAddress!, result.baseAddress!)
        }
      }
    }
  }

  /// `result` = `scalar` times the base point: the public key of a private one.
  public static func x25519Base(_ scalar: Span<UInt8>, into result: inout MutableSpan<UInt8>) {
    var base = FixedBytes<32>()
    base[0] = 9
    _ = x25519(scalar, base.span, into: &result)
  }

  /// Tries up to `count` private keys, from 8 above `secret` on in steps of 8, until one has a
  /// public key that `isWanted`; `secret` and `publicKey` are then that pair. False if none has.
  public static func searchKey(
    _ secret: inout MutableSpan<UInt8>, _ publicKey: inout MutableSpan<UInt8>, count: Int,
    _ isWanted: (Span<UInt8>) -> Bool
  ) -> Bool {
    precondition(secret.count == 32 && publicKey.count == 32)
    return secret.withUnsafeMutableBufferPointer { secret in
      publicKey.withUnsafeMutableBufferPointer { publicKey in
        X25519<MachineLimb>.search(secret.baseAddress!, publicKey.baseAddress!, count) {
          isWanted(Span(_unsafeStart: $0, count: 32))
        }
      }
    }
  }

  /// HSalsa20: 32-byte `key`, 16-byte `input`, 32-byte `result`.
  public static func hsalsa20(
    key: Span<UInt8>, input: Span<UInt8>, into result: inout MutableSpan<UInt8>
  ) {
    precondition(key.count == 32 && input.count == 16 && result.count == 32)
    key.withUnsafeBufferPointer { key in
      input.withUnsafeBufferPointer { input in
        result.withUnsafeMutableBufferPointer { result in
          Scratch.lend(Salsa20.wordCount, UInt32.self) { state in
            Salsa20.hash(state, key: key.baseAddress!, input: input.baseAddress!)
            for i in 0..<8 {
              result.baseAddress!.store(Salsa20.keyWord(state, i), littleEndianAt: 4 * i)
            }
          }
        }
      }
    }
  }

  /// XSalsa20-Poly1305 in place: `buffer` is 16 bytes of room for the tag, then the message.
  /// 24-byte `nonce`, 32-byte `key`.
  public static func secretboxSeal(
    _ buffer: inout MutableSpan<UInt8>, nonce: Span<UInt8>, key: Span<UInt8>
  ) {
    precondition(buffer.count >= 16 && nonce.count == 24 && key.count == 32)
    nonce.withUnsafeBufferPointer { nonce in
      key.withUnsafeBufferPointer { key in
        buffer.withUnsafeMutableBufferPointer { buffer in
          let tag = buffer.baseAddress!
          SecretBox.seal(
            tag + 16, buffer.count - 16, tag: tag, nonce: nonce.baseAddress!,
            key: key.baseAddress!)
        }
      }
    }
  }

  /// Opens what `secretboxSeal` made: the message stands behind the 16 bytes of the tag. False,
  /// and nothing decrypted, if the tag is wrong or `buffer` is shorter than one.
  public static func secretboxOpen(
    _ buffer: inout MutableSpan<UInt8>, nonce: Span<UInt8>, key: Span<UInt8>
  ) -> Bool {
    precondition(nonce.count == 24 && key.count == 32)
    guard buffer.count >= 16 else { return false }
    return nonce.withUnsafeBufferPointer { nonce in
      key.withUnsafeBufferPointer { key in
        buffer.withUnsafeMutableBufferPointer { buffer in
          let tag = buffer.baseAddress!
          return SecretBox.open(
            tag + 16, buffer.count - 16, tag: tag, nonce: nonce.baseAddress!,
            key: key.baseAddress!)
        }
      }
    }
  }

  /// SHA-256 of `first` followed by `second`, 32 bytes.
  public static func sha256(
    _ first: Span<UInt8>, _ second: Span<UInt8>, into result: inout MutableSpan<UInt8>
  ) {
    precondition(result.count == 32)
    first.withUnsafeBufferPointer { first in
      second.withUnsafeBufferPointer { second in
        result.withUnsafeMutableBufferPointer { result in
          SHA2<UInt32>.hash(first, second, into: result.baseAddress!)
        }
      }
    }
  }

  /// SHA-512 of `content`, 64 bytes.
  public static func sha512(_ content: Span<UInt8>, into result: inout MutableSpan<UInt8>) {
    precondition(result.count == 64)
    content.withUnsafeBufferPointer { content in
      result.withUnsafeMutableBufferPointer { result in
        SHA2<UInt64>.hash(
          content, UnsafeBufferPointer(start: nil, count: 0), into: result.baseAddress!)
      }
    }
  }

  /// True if both hold the same bytes, in a time that depends on their (public) lengths only.
  public static func areEqual(_ a: Span<UInt8>, _ b: Span<UInt8>) -> Bool {
    guard a.count == b.count else { return false }
    var difference: UInt8 = 0
    for i in 0..<a.count { difference |= a[i] ^ b[i] }
    return difference == 0
  }

  /// Overwrites `bytes` with zeros, even if nobody reads them again.
  public static func wipe(_ bytes: inout MutableSpan<UInt8>) {
    bytes.withUnsafeMutableBufferPointer {
      if let start = $0.baseAddress { Scratch.wipe(start, $0.count) }
    }
  }
}
