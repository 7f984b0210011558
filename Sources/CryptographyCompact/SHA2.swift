/// SHA-256 in words of 32 bits, SHA-512 in words of 64 (FIPS 180-4): one algorithm, and even the
/// constants of the first are the upper halves of the other's.
struct SHA2<Word: FixedWidthInteger & UnsignedInteger> {
  private typealias Words = UnsafeMutablePointer<Word>

  private static var wordByteCount: Int { Word.bitWidth / 8 }
  private static var isWide: Bool { Word.bitWidth == 64 }
  private static var roundCount: Int { isWide ? 80 : 64 }

  /// Writes the digest (8 words) of `first` followed by `second` to `result`.
  @inline(never)
  static func hash(
    _ first: UnsafeBufferPointer<UInt8>, _ second: UnsafeBufferPointer<UInt8>,
    into result: UnsafeMutablePointer<UInt8>
  ) {
    Scratch.lend(8 + 80, Word.self) { words in
      words.initialize(repeating: 0, count: 8 + 16)
      var hash = SHA2(state: words)
      for i in 0..<8 { words[i] = constant(SHA2Constants.initial(i)) }
      hash.absorb(first)
      hash.absorb(second)
      hash.finish(bitCount: UInt64(first.count + second.count) &* 8)
      for i in 0..<8 * wordByteCount {
        let shift = Word(truncatingIfNeeded: 8 &* (wordByteCount &- 1 &- i % wordByteCount))
        result[i] = UInt8(truncatingIfNeeded: words[i / wordByteCount] &>> shift)
      }
    }
  }

  private let state: Words
  /// The block, and behind it what its rounds make of it: 80 words.
  private var schedule: Words { state + 8 }
  /// Bytes in the block.
  private var filled = 0

  private init(state: Words) { self.state = state }

  @inline(never)
  private mutating func absorb(_ bytes: UnsafeBufferPointer<UInt8>) {
    guard var next = bytes.baseAddress else { return }
    let end = next + bytes.count
    while next < end {
      let stop = next + min(end - next, 16 &* Self.wordByteCount &- filled)
      if filled % Self.wordByteCount == 0 {
        while stop - next >= Self.wordByteCount {
          var word: Word = 0
          for i in 0..<Self.wordByteCount {
            let shift = Word(truncatingIfNeeded: Word.bitWidth &- 8 &- 8 &* i)
            word |= Word(truncatingIfNeeded: next[i]) &<< shift
          }
          schedule[filled / Self.wordByteCount] = word
          next += Self.wordByteCount
          filled &+= Self.wordByteCount
        }
      }
      while next < stop {
        let word = schedule + filled / Self.wordByteCount
        word[0] = word[0] &<< 8 | Word(truncatingIfNeeded: next[0])
        next += 1
        filled &+= 1
      }
      if filled == 16 &* Self.wordByteCount {
        compress()
        filled = 0
      }
    }
  }

  /// The end is marked by a one and the length in bits, in a number of two words.
  private mutating func finish(bitCount: UInt64) {
    let i = filled / Self.wordByteCount
    let missing = Self.wordByteCount &- filled % Self.wordByteCount
    let word = schedule[i] &<< 8 | 0x80
    schedule[i] = word &<< Word(truncatingIfNeeded: 8 &* (missing &- 1))
    (schedule + (i &+ 1)).update(repeating: 0, count: 15 &- i)
    if i >= 14 {
      compress()
      schedule.update(repeating: 0, count: 14)
    }
    schedule[14] = Word(truncatingIfNeeded: bitCount >> UInt64(Word.bitWidth))
    schedule[15] = Word(truncatingIfNeeded: bitCount)
    compress()
  }

  @inline(never)
  private func compress() {
    for i in 16..<Self.roundCount {
      let x = schedule[i &- 15]
      let y = schedule[i &- 2]
      let sigma0 =
        Self.isWide ? turn(x, 1) ^ turn(x, 8) ^ x &>> 7 : turn(x, 7) ^ turn(x, 18) ^ x &>> 3
      let sigma1 =
        Self.isWide ? turn(y, 19) ^ turn(y, 61) ^ y &>> 6 : turn(y, 17) ^ turn(y, 19) ^ y &>> 10
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
    var i = 0
    while i < Self.roundCount {
      round(i, a, b, c, &d, e, f, g, &h)
      round(i &+ 1, h, a, b, &c, d, e, f, &g)
      if Self.isWide {
        // What more rounds at once would gain is less than their code is worth.
        (a, b, c, d, e, f, g, h) = (g, h, a, b, c, d, e, f)
        i &+= 2
        continue
      }
      round(i &+ 2, g, h, a, &b, c, d, e, &f)
      round(i &+ 3, f, g, h, &a, b, c, d, &e)
      swap(&a, &e)
      swap(&b, &f)
      swap(&c, &g)
      swap(&d, &h)
      i &+= 4
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

  /// One round; instead of moving all variables on, the next one is called with their names moved.
  @inline(__always)
  private func round(
    _ i: Int, _ a: Word, _ b: Word, _ c: Word, _ d: inout Word, _ e: Word, _ f: Word, _ g: Word,
    _ h: inout Word
  ) {
    let sum1 =
      Self.isWide
      ? turn(e, 14) ^ turn(e, 18) ^ turn(e, 41) : turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)
    let sum0 =
      Self.isWide
      ? turn(a, 28) ^ turn(a, 34) ^ turn(a, 39) : turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)
    let choice = g ^ e & (f ^ g)
    let majority = b ^ (a ^ b) & (b ^ c)
    h &+= Self.constant(SHA2Constants.round(i)) &+ schedule[i] &+ sum1 &+ choice
    d &+= h
    h &+= sum0 &+ majority
  }

  @inline(__always)
  private func turn(_ word: Word, _ count: Word) -> Word {
    word &>> count | word &<< (Word(truncatingIfNeeded: Word.bitWidth) &- count)
  }

  @inline(__always)
  private static func constant(_ value: UInt64) -> Word {
    Word(truncatingIfNeeded: value >> UInt64(64 - Word.bitWidth))
  }
}
