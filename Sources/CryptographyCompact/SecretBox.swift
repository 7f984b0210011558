/// NaCl's secretbox: XSalsa20 for secrecy, Poly1305 over the ciphertext for integrity. The first
/// 32 bytes of key stream are the key of the tag, the message continues behind them.
struct SecretBox {
  /// State of the cipher, the current block of key stream, key of the tag, tag.
  private static var wordCount: Int { 16 + 16 + 8 + 4 }

  private let state: UnsafeMutablePointer<UInt32>
  private var block: UnsafeMutablePointer<UInt32> { state + 16 }
  private var tagKey: UnsafeMutablePointer<UInt32> { state + 32 }
  private var tag: UnsafeMutablePointer<UInt32> { state + 40 }

  /// Encrypts `count` bytes at `message` and writes 16 bytes to `tag`. `nonce` has 24 bytes, `key`
  /// 32.
  static func seal(
    _ message: UnsafeMutablePointer<UInt8>, _ count: Int, tag: UnsafeMutablePointer<UInt8>,
    nonce: UnsafePointer<UInt8>, key: UnsafePointer<UInt8>
  ) {
    Scratch.lend(wordCount, UInt32.self) { words in
      let box = SecretBox(state: words)
      box.begin(nonce: nonce, key: key)
      box.crypt(message, count)
      box.authenticate(message, count)
      for i in 0..<4 { tag.store(box.tag[i], littleEndianAt: 4 * i) }
    }
  }

  /// Decrypts `count` bytes at `message` if the 16 bytes at `tag` are right; else leaves them and
  /// answers false.
  static func open(
    _ message: UnsafeMutablePointer<UInt8>, _ count: Int, tag: UnsafePointer<UInt8>,
    nonce: UnsafePointer<UInt8>, key: UnsafePointer<UInt8>
  ) -> Bool {
    Scratch.lend(wordCount, UInt32.self) { words in
      let box = SecretBox(state: words)
      box.begin(nonce: nonce, key: key)
      box.authenticate(message, count)
      var difference: UInt32 = 0
      for i in 0..<4 { difference |= box.tag[i] ^ tag.load32(littleEndianAt: 4 * i) }
      guard difference == 0 else { return false }
      box.crypt(message, count)
      return true
    }
  }

  private func begin(nonce: UnsafePointer<UInt8>, key: UnsafePointer<UInt8>) {
    Salsa20.hash(state, key: key, input: nonce)
    Salsa20.setConstants(state)
    state[6] = nonce.load32(littleEndianAt: 16)
    state[7] = nonce.load32(littleEndianAt: 20)
    state[8] = 0
    state[9] = 0
    Salsa20.next(state, into: block)
    tagKey.update(from: block, count: 8)
  }

  private func authenticate(_ message: UnsafePointer<UInt8>, _ count: Int) {
    Poly1305.authenticate(message, count, key: tagKey, into: tag)
  }

  /// Adds the key stream from its byte 32 on; `begin` has made the first block.
  private func crypt(_ message: UnsafeMutablePointer<UInt8>, _ count: Int) {
    var key = block + 8
    var bytes = message
    var left = count
    while true {
      let end = key + min((block + 16) - key, left &>> 2)
      while key < end {
        let word = UnsafePointer(bytes).load32(littleEndianAt: 0) ^ key[0]
        bytes.store(word, littleEndianAt: 0)
        key += 1
        bytes += 4
        left &-= 4
      }
      guard left > 0 else { return }
      guard key == block + 16 else { break }
      Salsa20.next(state, into: block)
      key = block
    }
    var rest = key[0]
    while left > 0 {
      bytes[0] ^= UInt8(truncatingIfNeeded: rest)
      rest &>>= 8
      bytes += 1
      left &-= 1
    }
  }
}
