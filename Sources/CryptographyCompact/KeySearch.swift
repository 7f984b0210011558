import Bytes

/// A walk over the public keys of private keys that are 8 apart. A key costs 6 products and an
/// inversion, a tenth of a ladder: the sum of two points follows from their difference.
extension X25519 {
  /// Tries up to `count` private keys, from 8 above `secret` on, until one has a public key that
  /// `isWanted`; `secret` and `publicKey` (32 bytes each) are then that pair. Time and memory tell
  /// how far away it is, but nothing of where.
  static func search(
    _ secret: UnsafeMutablePointer<UInt8>, _ publicKey: UnsafeMutablePointer<UInt8>, _ count: Int,
    _ isWanted: (UnsafePointer<UInt8>) -> Bool
  ) -> Bool {
    let numberCount = 9 * Word.count + Word.roomCount
    let wordCount = numberCount + 2 * Word.count
    return Scratch.lend(wordCount, Word.self) { words in
      words.initialize(repeating: 0, count: wordCount)
      let walk = X25519(words: words)
      let field = walk.field
      let difference = words + numberCount
      let affine = difference + Word.count
      // The stride: eight times the base point, as sum and difference of its coordinates.
      walk.x2[0] = 9
      walk.z2[0] = 1
      for _ in 0..<3 { walk.step() }
      field.addAndSubtract(walk.x1, difference, walk.x2, walk.z2)
      // The last point and the current one.
      clamp(secret)
      multiplyBase(secret, into: publicKey)
      field.load(walk.x3, from: publicKey)
      guard addStride(secret) else { return false }
      multiplyBase(secret, into: publicKey)
      field.load(walk.x2, from: publicKey)
      for z in [walk.z2, walk.z3] {
        z.update(repeating: 0, count: Word.count)
        z[0] = 1
      }
      for _ in 0..<count {
        affine.update(from: walk.z2, count: Word.count)
        field.invert(affine, words)
        field.multiply(affine, affine, walk.x2)
        _ = field.store(affine, into: publicKey)
        if isWanted(publicKey) { return true }
        guard addStride(secret) else { return false }
        walk.addStride(difference)
      }
      return false
    }
  }

  /// The point (x3, z3) becomes (x2, z2), and that the sum of it and the stride, which is x1 and
  /// `difference`.
  private func addStride(_ difference: Limbs) {
    field.addAndSubtract(a, b, x2, z2)
    field.multiply(b, b, x1)
    field.multiply(a, a, difference)
    field.addAndSubtract(c, d, b, a)
    field.square(c, c)
    field.square(d, d)
    field.multiply(c, c, z3)
    field.multiply(d, d, x3)
    x3.update(from: x2, count: Word.count)
    z3.update(from: z2, count: Word.count)
    x2.update(from: c, count: Word.count)
    z2.update(from: d, count: Word.count)
  }

  private static func multiplyBase(
    _ scalar: UnsafePointer<UInt8>, into result: UnsafeMutablePointer<UInt8>
  ) {
    var base = FixedBytes<32>()
    base[0] = 9
    base.span.withUnsafeBufferPointer { _ = multiply(scalar, $0.baseAddress!, into: result) }
  }

  /// As X25519 reads a scalar: a multiple of 8 between 2^254 and 2^255.
  private static func clamp(_ secret: UnsafeMutablePointer<UInt8>) {
    secret[0] &= 0xf8
    secret[31] = secret[31] & 0x7f | 0x40
  }

  /// Adds 8; false if there is no such scalar.
  private static func addStride(_ secret: UnsafeMutablePointer<UInt8>) -> Bool {
    var carry: UInt16 = 8
    for i in 0..<32 {
      carry &+= UInt16(secret[i])
      secret[i] = UInt8(truncatingIfNeeded: carry)
      carry &>>= 8
    }
    return secret[31] < 0x80
  }
}
