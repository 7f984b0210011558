#if SODIUM
  import Bytes
  import CSodium

  /// The primitives by libsodium. Same functions as `CompactBackend`; all of them take lengths on
  /// trust of a precondition, never of the network.
  public enum SodiumBackend {
    /// The library and its version, as text.
    public static func appendName(to text: inout ByteWriter) {
      text.append("libsodium ")
      guard var character = sodium_version_string() else { return }
      while character.pointee != 0 {
        text.append(UInt8(bitPattern: character.pointee))
        character += 1
      }
    }

    /// To be called once before anything else; false if the library cannot work here.
    @discardableResult
    public static func initialize() -> Bool { sodium_init() >= 0 }

    /// RFC 7748: `result` = `scalar` (clamped here) times `point`, 32 bytes each. False, and a
    /// zero result, for a point of low order.
    public static func x25519(
      _ scalar: Span<UInt8>, _ point: Span<UInt8>, into result: inout MutableSpan<UInt8>
    ) -> Bool {
      precondition(scalar.count == 32 && point.count == 32 && result.count == 32)
      return scalar.withUnsafeBufferPointer { scalar in
        point.withUnsafeBufferPointer { point in
          result.withUnsafeMutableBufferPointer { result in
            let start = result.baseAddress!
            if crypto_scalarmult_curve25519(start, scalar.baseAddress!, point.baseAddress!) == 0 {
              return true
            }
            sodium_memzero(start, 32)
            return false
          }
        }
      }
    }

    /// `result` = `scalar` times the base point: the public key of a private one.
    public static func x25519Base(_ scalar: Span<UInt8>, into result: inout MutableSpan<UInt8>) {
      precondition(scalar.count == 32 && result.count == 32)
      scalar.withUnsafeBufferPointer { scalar in
        result.withUnsafeMutableBufferPointer { result in
          _ = crypto_scalarmult_curve25519_base(result.baseAddress!, scalar.baseAddress!)
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
            _ = crypto_core_hsalsa20(
              result.baseAddress!, input.baseAddress!, key.baseAddress!, nil)
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
            let message = tag + 16
            _ = crypto_secretbox_detached(
              message, tag, message, UInt64(buffer.count - 16), nonce.baseAddress!,
              key.baseAddress!)
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
            let message = tag + 16
            return crypto_secretbox_open_detached(
              message, message, tag, UInt64(buffer.count - 16), nonce.baseAddress!,
              key.baseAddress!) == 0
          }
        }
      }
    }

    /// SHA-256 of `first` followed by `second`, 32 bytes.
    public static func sha256(
      _ first: Span<UInt8>, _ second: Span<UInt8>, into result: inout MutableSpan<UInt8>
    ) {
      precondition(result.count == 32)
      var state = crypto_hash_sha256_state()
      _ = crypto_hash_sha256_init(&state)
      first.withUnsafeBufferPointer {
        _ = crypto_hash_sha256_update(&state, $0.baseAddress, UInt64($0.count))
      }
      second.withUnsafeBufferPointer {
        _ = crypto_hash_sha256_update(&state, $0.baseAddress, UInt64($0.count))
      }
      result.withUnsafeMutableBufferPointer {
        _ = crypto_hash_sha256_final(&state, $0.baseAddress!)
      }
      sodium_memzero(&state, MemoryLayout<crypto_hash_sha256_state>.size)
    }

    /// SHA-512 of `content`, 64 bytes.
    public static func sha512(_ content: Span<UInt8>, into result: inout MutableSpan<UInt8>) {
      precondition(result.count == 64)
      content.withUnsafeBufferPointer { content in
        result.withUnsafeMutableBufferPointer { result in
          _ = crypto_hash_sha512(result.baseAddress!, content.baseAddress, UInt64(content.count))
        }
      }
    }

    /// True if both hold the same bytes, in a time that depends on their (public) lengths only.
    public static func areEqual(_ a: Span<UInt8>, _ b: Span<UInt8>) -> Bool {
      guard a.count == b.count else { return false }
      guard a.count > 0 else { return true }
      return a.withUnsafeBufferPointer { a in
        b.withUnsafeBufferPointer { b in
          sodium_memcmp(a.baseAddress!, b.baseAddress!, a.count) == 0
        }
      }
    }

    /// Overwrites `bytes` with zeros, even if nobody reads them again.
    public static func wipe(_ bytes: inout MutableSpan<UInt8>) {
      bytes.withUnsafeMutableBufferPointer {
        if let start = $0.baseAddress { sodium_memzero(start, $0.count) }
      }
    }
  }
#endif
