/// SHA-256 in words of 32 bits, SHA-512 in words of 64 (FIPS 180-4): one algorithm, and even the
/// constants of the first are the upper halves of the other's.
enum SHA2<Word: FixedWidthInteger & UnsignedInteger> {
  private static var wordByteCount: Int { Word.bitWidth / 8 }
  private static var blockByteCount: Int { 16 * wordByteCount }
  private static var isWide: Bool { Word.bitWidth == 64 }
  private static var roundCount: Int { isWide ? 80 : 64 }

  /// Writes the digest (8 words) of `first` followed by `second` to `result`.
  @inline(__always)
  static func hash(
    _ first: UnsafeBufferPointer<UInt8>, _ second: UnsafeBufferPointer<UInt8>,
    into result: UnsafeMutablePointer<UInt8>
  ) {
    Scratch.lend(8 + 80, Word.self) { state in
      let schedule = state + 8
      for i in 0..<8 { state[i] = constant(SHA2Constants.initial(i)) }
      let byteCount = first.count + second.count
      // The end is marked by a one and the length in bits, in a number of two words.
      let blockCount = (byteCount + 2 * wordByteCount) / blockByteCount + 1
      let padded = blockCount * blockByteCount
      for block in 0..<blockCount {
        for i in 0..<blockByteCount {
          let position = block * blockByteCount + i
          let byte: UInt8
          if position < first.count {
            byte = first[position]
          } else if position < byteCount {
            byte = second[position - first.count]
          } else if position == byteCount {
            byte = 0x80
          } else if padded - position <= 8 {
            let shift = UInt64(8 * (padded - 1 - position))
            byte = UInt8(truncatingIfNeeded: (UInt64(byteCount) &* 8) &>> shift)
          } else {
            byte = 0
          }
          let word = schedule + i / wordByteCount
          word[0] = word[0] &<< 8 | Word(truncatingIfNeeded: byte)
        }
        compress(state, schedule)
      }
      for i in 0..<8 * wordByteCount {
        let shift = Word(truncatingIfNeeded: 8 &* (wordByteCount - 1 - i % wordByteCount))
        result[i] = UInt8(truncatingIfNeeded: state[i / wordByteCount] &>> shift)
      }
    }
  }

  /// One block: the first 16 words of `schedule`, which has room for 80.
  private static func compress(
    _ state: UnsafeMutablePointer<Word>, _ schedule: UnsafeMutablePointer<Word>
  ) {
    for i in 16..<roundCount {
      let x = schedule[i &- 15]
      let y = schedule[i &- 2]
      let sigma0 =
        isWide ? turn(x, 1) ^ turn(x, 8) ^ x &>> 7 : turn(x, 7) ^ turn(x, 18) ^ x &>> 3
      let sigma1 =
        isWide ? turn(y, 19) ^ turn(y, 61) ^ y &>> 6 : turn(y, 17) ^ turn(y, 19) ^ y &>> 10
      schedule[i] = schedule[i &- 16] &+ sigma0 &+ schedule[i &- 7] &+ sigma1
    }
    var a = state[0]
    var b = state[1]
    var c = state[2]
    var d = state[3]
    var e = state[4]
    var f = state[5]
    var g = state[6]
    var h = state[7]
    for i in 0..<roundCount {
      let sum1 =
        isWide
        ? turn(e, 14) ^ turn(e, 18) ^ turn(e, 41) : turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)
      let sum0 =
        isWide
        ? turn(a, 28) ^ turn(a, 34) ^ turn(a, 39) : turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)
      let choice = g ^ e & (f ^ g)
      let majority = a & b | c & (a | b)
      let first = h &+ sum1 &+ choice &+ constant(SHA2Constants.round(i)) &+ schedule[i]
      h = g
      g = f
      f = e
      e = d &+ first
      d = c
      c = b
      b = a
      a = first &+ sum0 &+ majority
    }
    state[0] &+= a
    state[1] &+= b
    state[2] &+= c
    state[3] &+= d
    state[4] &+= e
    state[5] &+= f
    state[6] &+= g
    state[7] &+= h
  }

  @inline(__always)
  private static func turn(_ word: Word, _ count: Word) -> Word {
    word &>> count | word &<< (Word(truncatingIfNeeded: Word.bitWidth) &- count)
  }

  @inline(__always)
  private static func constant(_ value: UInt64) -> Word {
    Word(truncatingIfNeeded: value >> UInt64(64 - Word.bitWidth))
  }
}
