/// X25519 (RFC 7748) for the words of this machine, or, to be tested on others, of routers.
enum X25519 {
  /// `result` = `scalar`, clamped, times the point of that u-coordinate; 32 bytes each. Answers
  /// false if the result is zero, as it is for a point of low order.
  typealias Function = (
    _ scalar: UnsafePointer<UInt8>, _ point: UnsafePointer<UInt8>,
    _ result: UnsafeMutablePointer<UInt8>
  ) -> Bool

  static var multiply: Function { { Curve25519<UInt>.multiply($0, $1, into: $2) } }

  static var multiplyIn32BitLimbs: Function { { Curve25519<UInt32>.multiply($0, $1, into: $2) } }
}

/// The curve in limbs of whole machine words: four of 64 bits, or eight of 32. Numbers are
/// kept below 2^256, modulo 2^255 - 19 only at the end; a carry out of the top counts 38.
///
/// No branch and no address depends on the scalar or on a coordinate.
private enum Curve25519<Word: FixedWidthInteger & UnsignedInteger> where Word.Magnitude == Word {
  typealias Limbs = UnsafeMutablePointer<Word>

  private static var limbCount: Int { 256 / Word.bitWidth }
  private static var bytesPerLimb: Int { Word.bitWidth / 8 }

  static func multiply(
    _ scalar: UnsafePointer<UInt8>, _ point: UnsafePointer<UInt8>,
    into result: UnsafeMutablePointer<UInt8>
  ) -> Bool {
    Scratch.lend(12 * limbCount, Word.self) { words in
      let ladder = Ladder(words: words)
      ladder.run(scalar, point)
      return store(ladder.x2, into: result)
    }
  }

  /// The ten numbers of the Montgomery ladder, named as in RFC 7748, and the room of a product.
  private struct Ladder {
    let words: Limbs
    var product: Limbs { words }
    var x1: Limbs { words + 2 * limbCount }
    var x2: Limbs { words + 3 * limbCount }
    var z2: Limbs { words + 4 * limbCount }
    var x3: Limbs { words + 5 * limbCount }
    var z3: Limbs { words + 6 * limbCount }
    var a: Limbs { words + 7 * limbCount }
    var b: Limbs { words + 8 * limbCount }
    var c: Limbs { words + 9 * limbCount }
    var d: Limbs { words + 10 * limbCount }
    var e: Limbs { words + 11 * limbCount }

    /// Leaves the affine u-coordinate in `x2`.
    func run(_ scalar: UnsafePointer<UInt8>, _ point: UnsafePointer<UInt8>) {
      load(point, into: x1)
      x2[0] = 1
      x3.update(from: x1, count: limbCount)
      z3[0] = 1
      var swap: UInt8 = 0
      var position = 254
      while position >= 0 {
        var byte = scalar[position &>> 3]
        if position < 3 { byte = 0 }
        if position == 254 { byte = 0x40 }
        let bit = byte &>> UInt8(truncatingIfNeeded: position & 7) & 1
        exchange(x2, x3, if: swap ^ bit)
        exchange(z2, z3, if: swap ^ bit)
        swap = bit
        step()
        position &-= 1
      }
      // The last bit of a clamped scalar is zero: nothing is left to be exchanged.
      invert()
      mul(x2, x2, z2)
    }

    private func step() {
      add(a, x2, z2)
      sub(b, x2, z2)
      add(c, x3, z3)
      sub(d, x3, z3)
      mul(d, d, a)
      mul(c, c, b)
      add(x3, d, c)
      mul(x3, x3, x3)
      sub(z3, d, c)
      mul(z3, z3, z3)
      mul(z3, z3, x1)
      mul(a, a, a)
      mul(b, b, b)
      mul(x2, a, b)
      sub(e, a, b)
      multiplySmall(z2, e, 121665)
      add(z2, z2, a)
      mul(z2, z2, e)
    }

    /// z2 to the power of 2^255 - 21, which is its inverse; zero stays zero.
    private func invert() {
      power(a, z2, 1)  // 2
      power(b, a, 2)  // 8
      mul(b, b, z2)  // 9
      mul(a, a, b)  // 11
      power(c, a, 1)  // 22
      mul(b, b, c)  // 2^5 - 1
      power(c, b, 5)
      mul(b, b, c)  // 2^10 - 1
      power(c, b, 10)
      mul(c, c, b)  // 2^20 - 1
      power(d, c, 20)
      mul(c, c, d)  // 2^40 - 1
      power(c, c, 10)
      mul(b, b, c)  // 2^50 - 1
      power(c, b, 50)
      mul(c, c, b)  // 2^100 - 1
      power(d, c, 100)
      mul(c, c, d)  // 2^200 - 1
      power(c, c, 50)
      mul(b, b, c)  // 2^250 - 1
      power(b, b, 5)
      mul(z2, b, a)
    }

    /// result = x, squared `count` times.
    private func power(_ result: Limbs, _ x: Limbs, _ count: Int) {
      mul(result, x, x)
      var left = count &- 1
      while left > 0 {
        mul(result, result, result)
        left &-= 1
      }
    }

    @inline(__always)
    private func mul(_ result: Limbs, _ a: Limbs, _ b: Limbs) {
      multiply(result, a, b, product)
    }
  }

  // MARK: Arithmetic; the result may be an operand

  private static func add(_ result: Limbs, _ a: Limbs, _ b: Limbs) {
    var carry: Word = 0
    for i in 0..<limbCount {
      (result[i], carry) = sum(a[i], b[i], carry)
    }
    fold(result, carry)
  }

  private static func sub(_ result: Limbs, _ a: Limbs, _ b: Limbs) {
    var borrow: Word = 0
    for i in 0..<limbCount {
      (result[i], borrow) = difference(a[i], b[i], borrow)
    }
    // What was borrowed, 2^256, counts 38; a second borrow leaves so much that there is no third.
    borrow = subtractWord(result, borrow &* 38)
    result[0] &-= borrow &* 38
  }

  private static func multiplySmall(_ result: Limbs, _ a: Limbs, _ factor: Word) {
    var carry: Word = 0
    for i in 0..<limbCount {
      (result[i], carry) = multiplyAdd(a[i], factor, 0, carry)
    }
    fold(result, carry)
  }

  /// `product` is room for twice as many limbs.
  @inline(never)
  private static func multiply(_ result: Limbs, _ a: Limbs, _ b: Limbs, _ product: Limbs) {
    if limbCount == 4 { return multiplyFour(result, a, b) }
    for i in 0..<limbCount { product[i] = 0 }
    for i in 0..<limbCount {
      let row = product + i
      let factor = a[i]
      var carry: Word = 0
      for j in 0..<limbCount {
        (row[j], carry) = multiplyAdd(factor, b[j], row[j], carry)
      }
      row[limbCount] = carry
    }
    var carry: Word = 0
    for i in 0..<limbCount {
      (result[i], carry) = multiplyAdd(product[limbCount + i], 38, product[i], carry)
    }
    fold(result, carry)
  }

  /// The same for four limbs, without a detour through memory.
  @inline(__always)
  private static func multiplyFour(_ result: Limbs, _ a: Limbs, _ b: Limbs) {
    let (b0, b1, b2, b3) = (b[0], b[1], b[2], b[3])
    func addRow(
      _ a: Word, _ r0: inout Word, _ r1: inout Word, _ r2: inout Word, _ r3: inout Word
    ) -> Word {
      var carry: Word
      (r0, carry) = multiplyAdd(a, b0, r0, 0)
      (r1, carry) = multiplyAdd(a, b1, r1, carry)
      (r2, carry) = multiplyAdd(a, b2, r2, carry)
      (r3, carry) = multiplyAdd(a, b3, r3, carry)
      return carry
    }
    var (r0, r1, r2, r3): (Word, Word, Word, Word) = (0, 0, 0, 0)
    var r4 = addRow(a[0], &r0, &r1, &r2, &r3)
    var r5 = addRow(a[1], &r1, &r2, &r3, &r4)
    var r6 = addRow(a[2], &r2, &r3, &r4, &r5)
    let r7 = addRow(a[3], &r3, &r4, &r5, &r6)
    var carry: Word
    (result[0], carry) = multiplyAdd(r4, 38, r0, 0)
    (result[1], carry) = multiplyAdd(r5, 38, r1, carry)
    (result[2], carry) = multiplyAdd(r6, 38, r2, carry)
    (result[3], carry) = multiplyAdd(r7, 38, r3, carry)
    fold(result, carry)
  }

  /// Adds what a carry out of the top counts: 38 each. The carry is at most 2^17.
  @inline(__always)
  private static func fold(_ number: Limbs, _ carry: Word) {
    let carry = addWord(number, carry &* 38)
    // A second carry leaves a number so small that there is no third.
    number[0] &+= carry &* 38
  }

  /// Adds `word` and answers with the carry out of the top.
  @inline(__always) @discardableResult
  private static func addWord(_ number: Limbs, _ word: Word) -> Word {
    var carry = word
    for i in 0..<limbCount { (number[i], carry) = sum(number[i], carry, 0) }
    return carry
  }

  /// Subtracts `word` and answers with what was borrowed above the top.
  @inline(__always) @discardableResult
  private static func subtractWord(_ number: Limbs, _ word: Word) -> Word {
    var borrow = word
    for i in 0..<limbCount { (number[i], borrow) = difference(number[i], borrow, 0) }
    return borrow
  }

  @inline(__always)
  private static func sum(_ a: Word, _ b: Word, _ carry: Word) -> (Word, Word) {
    let (first, overflow) = a.addingReportingOverflow(b)
    let (second, overflow2) = first.addingReportingOverflow(carry)
    return (second, (overflow ? 1 : 0) | (overflow2 ? 1 : 0))
  }

  @inline(__always)
  private static func difference(_ a: Word, _ b: Word, _ borrow: Word) -> (Word, Word) {
    let (first, overflow) = a.subtractingReportingOverflow(b)
    let (second, overflow2) = first.subtractingReportingOverflow(borrow)
    return (second, (overflow ? 1 : 0) | (overflow2 ? 1 : 0))
  }

  /// a · b + c + d, as low and high word; never more than fits.
  @inline(__always)
  private static func multiplyAdd(
    _ a: Word, _ b: Word, _ c: Word, _ d: Word
  ) -> (Word, Word) {
    let (high, low) = a.multipliedFullWidth(by: b)
    let (first, overflow) = low.addingReportingOverflow(c)
    let (second, overflow2) = first.addingReportingOverflow(d)
    return (second, high &+ (overflow ? 1 : 0) &+ (overflow2 ? 1 : 0))
  }

  /// Exchanges two numbers if `bit` is 1, and touches the same memory if it is 0.
  private static func exchange(_ a: Limbs, _ b: Limbs, if bit: UInt8) {
    let mask = 0 &- Word(truncatingIfNeeded: bit)
    for i in 0..<limbCount {
      let flips = (a[i] ^ b[i]) & mask
      a[i] ^= flips
      b[i] ^= flips
    }
  }

  // MARK: Bytes

  /// 32 bytes, least significant first; the highest bit is ignored.
  private static func load(_ bytes: UnsafePointer<UInt8>, into number: Limbs) {
    for i in 0..<32 {
      let byte = i == 31 ? bytes[i] & 0x7f : bytes[i]
      let shift = Word(truncatingIfNeeded: 8 &* (i % bytesPerLimb))
      number[i / bytesPerLimb] |= Word(truncatingIfNeeded: byte) &<< shift
    }
  }

  /// Reduces `number` and writes its 32 bytes. False if it is zero.
  private static func store(_ number: Limbs, into bytes: UnsafeMutablePointer<UInt8>) -> Bool {
    // First to below 2^255 + 19; then, if that is still a modulus or more, by one modulus: 19 more
    // reach 2^255 just then.
    addWord(number, takeTopBit(number) &* 19)
    addWord(number, 19)
    subtractWord(number, (1 &- takeTopBit(number)) &* 19)
    var bits: UInt8 = 0
    for i in 0..<32 {
      let shift = Word(truncatingIfNeeded: 8 &* (i % bytesPerLimb))
      bytes[i] = UInt8(truncatingIfNeeded: number[i / bytesPerLimb] &>> shift)
      bits |= bytes[i]
    }
    return bits != 0
  }

  /// Clears bit 255 and answers with what it was.
  private static func takeTopBit(_ number: Limbs) -> Word {
    let position = Word(truncatingIfNeeded: Word.bitWidth - 1)
    let bit = number[limbCount - 1] &>> position
    number[limbCount - 1] &= ~(1 &<< position)
    return bit
  }
}
