/// Five limbs of 51 bits. What passes 2^255 counts 19, which is multiplied into one factor.
extension UInt64: Limb {
  typealias Product = UInt128

  static var count: Int { 5 }
  static var bits: Int { 51 }
  static var isTight: Bool { false }
  static var roomCount: Int { 0 }

  @inline(never)
  static func multiply(_ result: Limbs, _ a: Limbs, _ b: Limbs, _ room: Limbs) {
    let (a0, a1, a2, a3, a4) = (a[0], a[1], a[2], a[3], a[4])
    let (b0, b1, b2, b3, b4) = (b[0], b[1], b[2], b[3], b[4])
    let (c1, c2, c3, c4) = (19 &* b1, 19 &* b2, 19 &* b3, 19 &* b4)
    carry(
      a0.times(b0) &+ a1.times(c4) &+ a2.times(c3) &+ a3.times(c2) &+ a4.times(c1),
      a0.times(b1) &+ a1.times(b0) &+ a2.times(c4) &+ a3.times(c3) &+ a4.times(c2),
      a0.times(b2) &+ a1.times(b1) &+ a2.times(b0) &+ a3.times(c4) &+ a4.times(c3),
      a0.times(b3) &+ a1.times(b2) &+ a2.times(b1) &+ a3.times(b0) &+ a4.times(c4),
      a0.times(b4) &+ a1.times(b3) &+ a2.times(b2) &+ a3.times(b1) &+ a4.times(b0), into: result)
  }

  @inline(never)
  static func square(_ result: Limbs, _ a: Limbs, _ room: Limbs) {
    let (a0, a1, a2, a3, a4) = (a[0], a[1], a[2], a[3], a[4])
    let (b0, b1, b2, b3) = (2 &* a0, 2 &* a1, 2 &* a2, 2 &* a3)
    let (c3, c4) = (19 &* a3, 19 &* a4)
    carry(
      a0.times(a0) &+ b1.times(c4) &+ b2.times(c3),
      b0.times(a1) &+ b2.times(c4) &+ a3.times(c3),
      b0.times(a2) &+ a1.times(a1) &+ b3.times(c4),
      b0.times(a3) &+ b1.times(a2) &+ a4.times(c4),
      b0.times(a4) &+ b1.times(a3) &+ a2.times(a2), into: result)
  }

  @inline(__always)
  private static func carry(
    _ p0: UInt128, _ p1: UInt128, _ p2: UInt128, _ p3: UInt128, _ p4: UInt128, into result: Limbs
  ) {
    var carry: UInt64 = 0
    let r0 = take(p0, &carry)
    let r1 = take(p1, &carry)
    result[2] = take(p2, &carry)
    result[3] = take(p3, &carry)
    result[4] = take(p4, &carry)
    let low = r0 &+ 19 &* carry
    result[0] = low & (1 &<< 51 &- 1)
    result[1] = r1 &+ low &>> 51
  }

  @inline(__always)
  private static func take(_ column: UInt128, _ carry: inout UInt64) -> UInt64 {
    let sum = column &+ UInt128(carry)
    carry = UInt64(truncatingIfNeeded: sum &>> 51)
    return UInt64(truncatingIfNeeded: sum) & (1 &<< 51 &- 1)
  }
}
