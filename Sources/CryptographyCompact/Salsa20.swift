/// The Salsa20 core and what NaCl makes of it (Bernstein, "Extending the Salsa20 nonce").
///
/// ```
/// |  "expa"  |  key 0   |  key 1   |  key 2   |
/// |  key 3   |  "nd 3"  |  input 0 |  input 1 |   input: nonce and block number,
/// |  input 2 |  input 3 |  "2-by"  |  key 4   |   or all nonce in HSalsa20
/// |  key 5   |  key 6   |  key 7   |  "te k"  |
/// ```
enum Salsa20 {
  typealias Words = UnsafeMutablePointer<UInt32>

  static var wordCount: Int { 16 }

  private static var constants: (UInt32, UInt32, UInt32, UInt32) {
    (0x6170_7865, 0x3320_646e, 0x7962_2d32, 0x6b20_6574)
  }

  /// Writes the diagonal, which is the same for every key.
  static func setConstants(_ state: Words) {
    (state[0], state[5], state[10], state[15]) = constants
  }

  /// HSalsa20: makes the 8 words of its result the key in `state`, from 32 bytes of `key` and 16 of
  /// `input`. The constants and the input have to be set again.
  static func hash(_ state: Words, key: UnsafePointer<UInt8>, input: UnsafePointer<UInt8>) {
    setConstants(state)
    for i in 0..<4 {
      state[1 + i] = key.load32(littleEndianAt: 4 * i)
      state[6 + i] = input.load32(littleEndianAt: 4 * i)
      state[11 + i] = key.load32(littleEndianAt: 16 + 4 * i)
    }
    compute(state, into: state)
    // What the rounds alone made of constants and input, which the result leaves public.
    state[1] = state[0] &- constants.0
    state[2] = state[5] &- constants.1
    state[3] = state[10] &- constants.2
    state[4] = state[15] &- constants.3
    for i in 0..<4 { state[11 + i] = state[6 + i] &- input.load32(littleEndianAt: 4 * i) }
  }

  /// Word `i` of the key in `state`.
  @inline(__always)
  static func keyWord(_ state: Words, _ i: Int) -> UInt32 { state[i < 4 ? 1 + i : 7 + i] }

  /// Writes the next 16 words of key stream to `block` and counts up.
  @inline(__always)
  static func next(_ state: Words, into block: Words) {
    compute(state, into: block)
    state[8] &+= 1
  }

  /// Adds `state` and what 20 rounds make of it. `result` may be `state`.
  @inline(never)
  private static func compute(_ state: Words, into result: Words) {
    var x0 = state[0]
    var x1 = state[1]
    var x2 = state[2]
    var x3 = state[3]
    var x4 = state[4]
    var x5 = state[5]
    var x6 = state[6]
    var x7 = state[7]
    var x8 = state[8]
    var x9 = state[9]
    var x10 = state[10]
    var x11 = state[11]
    var x12 = state[12]
    var x13 = state[13]
    var x14 = state[14]
    var x15 = state[15]
    var count = 10
    while count > 0 {
      quarter(&x0, &x4, &x8, &x12)
      quarter(&x5, &x9, &x13, &x1)
      quarter(&x10, &x14, &x2, &x6)
      quarter(&x15, &x3, &x7, &x11)
      quarter(&x0, &x1, &x2, &x3)
      quarter(&x5, &x6, &x7, &x4)
      quarter(&x10, &x11, &x8, &x9)
      quarter(&x15, &x12, &x13, &x14)
      count &-= 1
    }
    result[0] = state[0] &+ x0
    result[1] = state[1] &+ x1
    result[2] = state[2] &+ x2
    result[3] = state[3] &+ x3
    result[4] = state[4] &+ x4
    result[5] = state[5] &+ x5
    result[6] = state[6] &+ x6
    result[7] = state[7] &+ x7
    result[8] = state[8] &+ x8
    result[9] = state[9] &+ x9
    result[10] = state[10] &+ x10
    result[11] = state[11] &+ x11
    result[12] = state[12] &+ x12
    result[13] = state[13] &+ x13
    result[14] = state[14] &+ x14
    result[15] = state[15] &+ x15
  }

  @inline(__always)
  private static func quarter(
    _ a: inout UInt32, _ b: inout UInt32, _ c: inout UInt32, _ d: inout UInt32
  ) {
    b ^= rotate(a &+ d, 7)
    c ^= rotate(b &+ a, 9)
    d ^= rotate(c &+ b, 13)
    a ^= rotate(d &+ c, 18)
  }

  @inline(__always)
  private static func rotate(_ word: UInt32, _ count: UInt32) -> UInt32 {
    word &<< count | word &>> (32 &- count)
  }
}
