/// X25519 (RFC 7748): the Montgomery ladder, in limbs of this machine or, to be tested on others,
/// of routers. No branch and no address depends on the scalar or on a coordinate.
struct X25519<Word: Limb> {
  typealias Limbs = Field25519<Word>.Limbs

  /// `result` = `scalar`, clamped, times the point of that u-coordinate; 32 bytes each. Answers
  /// false if the result is zero, as it is for a point of low order.
  @inline(never)
  static func multiply(
    _ scalar: UnsafePointer<UInt8>, _ point: UnsafePointer<UInt8>,
    into result: UnsafeMutablePointer<UInt8>
  ) -> Bool {
    let count = 9 * Word.count + Word.roomCount
    return Scratch.lend(count, Word.self) { words in
      words.initialize(repeating: 0, count: count)
      let ladder = X25519(words: words)
      ladder.climb(scalar, point)
      return ladder.field.store(ladder.x2, into: result)
    }
  }

  /// The numbers of the ladder, named as in RFC 7748, and behind them the room for products.
  let words: Limbs
  var a: Limbs { words }
  var b: Limbs { words + Word.count }
  var c: Limbs { words + 2 * Word.count }
  var d: Limbs { words + 3 * Word.count }
  var x1: Limbs { words + 4 * Word.count }
  var x2: Limbs { words + 5 * Word.count }
  var z2: Limbs { words + 6 * Word.count }
  var x3: Limbs { words + 7 * Word.count }
  var z3: Limbs { words + 8 * Word.count }
  var field: Field25519<Word> { Field25519(room: words + 9 * Word.count) }

  /// Leaves the affine u-coordinate in `x2`.
  private func climb(_ scalar: UnsafePointer<UInt8>, _ point: UnsafePointer<UInt8>) {
    field.load(x1, from: point)
    x2[0] = 1
    x3.update(from: x1, count: Word.count)
    z3[0] = 1
    var swap: UInt8 = 0
    var position = 254
    while position >= 0 {
      var byte = scalar[position &>> 3]
      if position < 3 { byte = 0 }
      if position == 254 { byte = 0x40 }
      let bit = byte &>> UInt8(truncatingIfNeeded: position & 7) & 1
      field.exchange(x2, x3, if: swap ^ bit)
      field.exchange(z2, z3, if: swap ^ bit)
      swap = bit
      step()
      position &-= 1
    }
    // The last bit of a clamped scalar is zero: nothing is left to be exchanged.
    field.invert(z2, words)
    field.multiply(x2, x2, z2)
  }

  /// Doubles the point (x2, z2) and adds it to (x3, z3), which differs from it by x1.
  func step() {
    field.addAndSubtract(a, b, x2, z2)
    field.addAndSubtract(c, d, x3, z3)
    field.multiply(d, d, a)
    field.multiply(c, c, b)
    field.addAndSubtract(x3, z3, d, c)
    field.square(x3, x3)
    field.square(z3, z3)
    field.multiply(z3, z3, x1)
    field.square(a, a)
    field.square(b, b)
    field.multiply(x2, a, b)
    field.addAndSubtract(c, b, a, b)
    field.multiply(z2, b, by: 121665, adding: a)
    field.multiply(z2, z2, b)
  }
}
