/// Arithmetic modulo 2^255 − 19, on numbers of `Word.count` limbs, least significant first. No
/// branch and no address depends on a number.
///
/// A number is *small* if each limb has the bits it should have, but for a few units more. Products
/// and differences are small. A sum of two small numbers may be multiplied, no more.
struct Field25519<Word: Limb> {
  typealias Limbs = UnsafeMutablePointer<Word>
  private typealias Product = Word.Product

  static var count: Int { Word.count }
  private var count: Int { Word.count }

  /// Memory for `Word.roomCount` limbs.
  let room: Limbs

  // MARK: Arithmetic

  /// sum = a + b, which is not small, and difference = a − b. Both a and b are small; the
  /// difference may be one of them, the sum must not.
  @inline(never)
  func addAndSubtract(_ sum: Limbs, _ difference: Limbs, _ a: Limbs, _ b: Limbs) {
    // Twice the modulus is added, each limb of which is larger than one of b.
    var carry: Word = 0
    for i in 0..<count {
      let width = Word(truncatingIfNeeded: Word.width(i))
      let base: Word = 1 &<< width
      let limb = carry &+ a[i] &+ 2 &* base &- (i == 0 ? 38 : 2) &- b[i]
      sum[i] = a[i] &+ b[i]
      difference[i] = Word.isTight ? limb & (base &- 1) : limb
      carry = Word.isTight ? limb &>> width : 0
    }
    difference[0] &+= 19 &* carry
  }

  /// result = a · factor + c. The factor has at most 17 bits; the result may be an operand, as in
  /// what follows.
  func multiply(_ result: Limbs, _ a: Limbs, by factor: Word, adding c: Limbs) {
    var sum: Product = 0
    for i in 0..<count {
      sum &+= a[i].times(factor) &+ Product(truncatingIfNeeded: c[i])
      result[i] = Word.take(Word.width(i), &sum)
    }
    result[0] &+= 19 &* Word(truncatingIfNeeded: sum)
  }

  /// result = a · b.
  @inline(__always)
  func multiply(_ result: Limbs, _ a: Limbs, _ b: Limbs) { Word.multiply(result, a, b, room) }

  /// result = a².
  @inline(__always)
  func square(_ result: Limbs, _ a: Limbs) { Word.square(result, a, room) }

  /// x becomes x to the power of 2^255 − 21, which is its inverse; 0 stays 0. `memory` is for four
  /// numbers.
  func invert(_ x: Limbs, _ memory: Limbs) {
    let a = memory
    let b = a + count
    let c = b + count
    let d = c + count
    power(a, x, 1)  // 2
    power(b, a, 2)  // 8
    multiply(b, b, x)  // 9
    multiply(a, a, b)  // 11
    power(c, a, 1)  // 22
    multiply(b, b, c)  // 2^5 - 1
    power(c, b, 5)
    multiply(b, b, c)  // 2^10 - 1
    power(c, b, 10)
    multiply(c, c, b)  // 2^20 - 1
    power(d, c, 20)
    multiply(c, c, d)  // 2^40 - 1
    power(c, c, 10)
    multiply(b, b, c)  // 2^50 - 1
    power(c, b, 50)
    multiply(c, c, b)  // 2^100 - 1
    power(d, c, 100)
    multiply(c, c, d)  // 2^200 - 1
    power(c, c, 50)
    multiply(b, b, c)  // 2^250 - 1
    power(b, b, 5)
    multiply(x, b, a)
  }

  /// result = x, squared `times` times.
  @inline(never)
  private func power(_ result: Limbs, _ x: Limbs, _ times: Int) {
    var x = x
    for _ in 0..<times {
      square(result, x)
      x = result
    }
  }

  /// Exchanges two numbers if `bit` is 1, and touches the same memory if it is 0.
  @inline(never)
  func exchange(_ a: Limbs, _ b: Limbs, if bit: UInt8) {
    let mask = 0 &- Word(truncatingIfNeeded: bit)
    for i in 0..<count {
      let flips = (a[i] ^ b[i]) & mask
      a[i] ^= flips
      b[i] ^= flips
    }
  }

  // MARK: Bytes

  /// Becomes the number in 32 bytes, least significant first; the highest bit is ignored.
  func load(_ number: Limbs, from bytes: UnsafePointer<UInt8>) {
    var sum: Product = 0
    var bitCount = 0
    var next = bytes
    for i in 0..<count {
      let width = Word.width(i)
      while bitCount < width {
        sum |= Product(truncatingIfNeeded: next[0]) &<< Product(truncatingIfNeeded: bitCount)
        bitCount &+= 8
        next += 1
      }
      number[i] = Word.take(width, &sum)
      bitCount &-= width
    }
  }

  /// Reduces `number`, which is small, and writes its 32 bytes. False if it is zero.
  func store(_ number: Limbs, into bytes: UnsafeMutablePointer<UInt8>) -> Bool {
    // A number that is not below the modulus reaches 2^255 with 19 more, but no further.
    var carry: Word = 19
    for i in 0..<count {
      carry = (carry &+ number[i]) &>> Word(truncatingIfNeeded: Word.width(i))
    }
    var sum = Product(truncatingIfNeeded: 19 &* carry)
    var bitCount = 0
    var next = bytes
    var bits: UInt8 = 0
    for i in 0..<count {
      sum &+= Product(truncatingIfNeeded: number[i]) &<< Product(truncatingIfNeeded: bitCount)
      // The last byte has seven bits; without the eighth the modulus is gone.
      let isTop = i == count &- 1
      bitCount &+= isTop ? 256 &- Word.bits &* i : Word.bits
      if isTop { sum &= (1 &<< Product(truncatingIfNeeded: bitCount &- 1)) &- 1 }
      while bitCount >= 8 {
        next[0] = UInt8(truncatingIfNeeded: sum)
        bits |= next[0]
        sum &>>= 8
        bitCount &-= 8
        next += 1
      }
    }
    return bits != 0
  }
}
