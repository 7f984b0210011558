/// Poly1305 (RFC 8439 section 2.5) in five 32-bit limbs: the top four bits of each word of r are
/// clear, so that a column of products fits into 64 bits and nothing has to be carried in between.
enum Poly1305 {
  /// Writes the tag of `count` bytes at `message` to `tag` as 4 words. `key` is 8 words: r, s.
  static func authenticate(
    _ message: UnsafePointer<UInt8>, _ count: Int, key: UnsafePointer<UInt32>,
    into tag: UnsafeMutablePointer<UInt32>
  ) {
    let r0 = key[0] & 0x0fff_ffff
    let r1 = key[1] & 0x0fff_fffc
    let r2 = key[2] & 0x0fff_fffc
    let r3 = key[3] & 0x0fff_fffc
    // 2^130 is 5, so what passes 2^128 comes back as 5/4 of itself.
    let s0 = (r0 &>> 2) &* 5
    let s1 = (r1 &>> 2) &* 5
    let s2 = (r2 &>> 2) &* 5
    let s3 = (r3 &>> 2) &* 5
    var h0: UInt32 = 0
    var h1: UInt32 = 0
    var h2: UInt32 = 0
    var h3: UInt32 = 0
    var h4: UInt32 = 0
    var block = message
    var left = count
    while left > 0 {
      let (m0, m1, m2, m3, m4): (UInt32, UInt32, UInt32, UInt32, UInt32)
      if left >= 16 {
        m0 = block.load32(littleEndianAt: 0)
        m1 = block.load32(littleEndianAt: 4)
        m2 = block.load32(littleEndianAt: 8)
        m3 = block.load32(littleEndianAt: 12)
        m4 = 1
      } else {
        m0 = lastWord(block, left)
        m1 = lastWord(block + 4, left &- 4)
        m2 = lastWord(block + 8, left &- 8)
        m3 = lastWord(block + 12, left &- 12)
        m4 = 0
      }
      var sum = wide(h0) &+ wide(m0)
      h0 = low(sum)
      sum = sum &>> 32 &+ wide(h1) &+ wide(m1)
      h1 = low(sum)
      sum = sum &>> 32 &+ wide(h2) &+ wide(m2)
      h2 = low(sum)
      sum = sum &>> 32 &+ wide(h3) &+ wide(m3)
      h3 = low(sum)
      h4 &+= low(sum &>> 32) &+ m4
      let x0 =
        multiply(h0, r0) &+ multiply(h1, s3) &+ multiply(h2, s2) &+ multiply(h3, s1)
        &+ multiply(h4, s0)
      let x1 =
        multiply(h0, r1) &+ multiply(h1, r0) &+ multiply(h2, s3) &+ multiply(h3, s2)
        &+ multiply(h4, s1)
      let x2 =
        multiply(h0, r2) &+ multiply(h1, r1) &+ multiply(h2, r0) &+ multiply(h3, s3)
        &+ multiply(h4, s2)
      let x3 =
        multiply(h0, r3) &+ multiply(h1, r2) &+ multiply(h2, r1) &+ multiply(h3, r0)
        &+ multiply(h4, s3)
      let top = h4 &* (r0 & 3) &+ low(x3 &>> 32)
      sum = wide(top &>> 2) &* 5 &+ wide(low(x0))
      h0 = low(sum)
      sum = sum &>> 32 &+ wide(low(x1)) &+ x0 &>> 32
      h1 = low(sum)
      sum = sum &>> 32 &+ wide(low(x2)) &+ x1 &>> 32
      h2 = low(sum)
      sum = sum &>> 32 &+ wide(low(x3)) &+ x2 &>> 32
      h3 = low(sum)
      h4 = low(sum &>> 32) &+ top & 3
      block += 16
      left &-= 16
    }
    // How often 2^130 - 5 fits into h: once or not at all.
    var carry = (wide(h0) &+ 5) &>> 32
    carry = (carry &+ wide(h1)) &>> 32
    carry = (carry &+ wide(h2)) &>> 32
    carry = (carry &+ wide(h3)) &>> 32
    carry = (carry &+ wide(h4)) &>> 2
    var sum = carry &* 5 &+ wide(h0) &+ wide(key[4])
    tag[0] = low(sum)
    sum = sum &>> 32 &+ wide(h1) &+ wide(key[5])
    tag[1] = low(sum)
    sum = sum &>> 32 &+ wide(h2) &+ wide(key[6])
    tag[2] = low(sum)
    sum = sum &>> 32 &+ wide(h3) &+ wide(key[7])
    tag[3] = low(sum)
  }

  /// The word at `bytes` of the last block, which ends after `count` more bytes with a one, then
  /// zeros. Reads no more than `count` bytes; there may be less than none.
  @inline(never)
  private static func lastWord(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> UInt32 {
    guard count >= 0 else { return 0 }
    var word: UInt32 = 1
    var i = min(count, 4)
    if i == 4 { word = 0 }
    while i > 0 {
      i &-= 1
      word = word &<< 8 | UInt32(bytes[i])
    }
    return word
  }

  @inline(__always)
  private static func wide(_ word: UInt32) -> UInt64 { UInt64(word) }

  @inline(__always)
  private static func low(_ sum: UInt64) -> UInt32 { UInt32(truncatingIfNeeded: sum) }

  @inline(__always)
  private static func multiply(_ a: UInt32, _ b: UInt32) -> UInt64 { UInt64(a) &* UInt64(b) }
}
