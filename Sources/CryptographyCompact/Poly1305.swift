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
      var sum: UInt64
      if left >= 16 {
        sum = wide(h0) &+ wide(block.load32(littleEndianAt: 0))
        h0 = low(sum)
        sum = sum &>> 32 &+ wide(h1) &+ wide(block.load32(littleEndianAt: 4))
        h1 = low(sum)
        sum = sum &>> 32 &+ wide(h2) &+ wide(block.load32(littleEndianAt: 8))
        h2 = low(sum)
        sum = sum &>> 32 &+ wide(h3) &+ wide(block.load32(littleEndianAt: 12))
        h3 = low(sum)
        h4 &+= low(sum &>> 32) &+ 1
      } else {
        sum = wide(h0) &+ wide(lastWord(block, left, 0))
        h0 = low(sum)
        sum = sum &>> 32 &+ wide(h1) &+ wide(lastWord(block, left, 4))
        h1 = low(sum)
        sum = sum &>> 32 &+ wide(h2) &+ wide(lastWord(block, left, 8))
        h2 = low(sum)
        sum = sum &>> 32 &+ wide(h3) &+ wide(lastWord(block, left, 12))
        h3 = low(sum)
        h4 &+= low(sum &>> 32)
      }
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

  /// A word of the last block, which has `count` bytes, then a one, then zeros.
  private static func lastWord(
    _ block: UnsafePointer<UInt8>, _ count: Int, _ offset: Int
  ) -> UInt32 {
    var word: UInt32 = 0
    for i in offset..<(offset &+ 4) where i <= count {
      let byte = i == count ? 1 : UInt32(block[i])
      word |= byte &<< UInt32(truncatingIfNeeded: 8 &* (i &- offset))
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
