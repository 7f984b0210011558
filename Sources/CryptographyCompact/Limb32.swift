/// Nine limbs of 29 bits: eight full products of sums still fit into 64 bits. What passes 2^261
/// counts 64 · 19.
///
/// The columns are written out, since these machines have no instructions to spare for loops, and
/// go to memory one by one, since they have not the registers for more.
extension UInt32: Limb {
  typealias Product = UInt64

  static var count: Int { 9 }
  static var bits: Int { 29 }
  static var isTight: Bool { true }
  static var roomCount: Int { 18 }

  @inline(never)
  static func multiply(_ result: Limbs, _ a: Limbs, _ b: Limbs, _ room: Limbs) {
    let low = room + 9
    var sum: UInt64 = 0
    room[0] = column(8, a + 1, b + 8, &sum)
    room[1] = column(7, a + 2, b + 8, &sum)
    room[2] = column(6, a + 3, b + 8, &sum)
    room[3] = column(5, a + 4, b + 8, &sum)
    room[4] = column(4, a + 5, b + 8, &sum)
    room[5] = column(3, a + 6, b + 8, &sum)
    room[6] = column(2, a + 7, b + 8, &sum)
    room[7] = column(1, a + 8, b + 8, &sum)
    room[8] = UInt32(truncatingIfNeeded: sum)
    sum = 0
    low[0] = column(1, a, b, high: room[0], &sum)
    low[1] = column(2, a, b + 1, high: room[1], &sum)
    low[2] = column(3, a, b + 2, high: room[2], &sum)
    low[3] = column(4, a, b + 3, high: room[3], &sum)
    low[4] = column(5, a, b + 4, high: room[4], &sum)
    low[5] = column(6, a, b + 5, high: room[5], &sum)
    low[6] = column(7, a, b + 6, high: room[6], &sum)
    low[7] = column(8, a, b + 7, high: room[7], &sum)
    let top = column(9, a, b + 8, high: room[8], &sum)
    // 2^255 counts 19.
    sum = (sum &<< 6 | UInt64(top &>> 23)) &* 19 &+ UInt64(low[0])
    result[0] = take(bits, &sum)
    result[1] = low[1] &+ UInt32(truncatingIfNeeded: sum)
    for i in 2..<8 { result[i] = low[i] }
    result[8] = top & 0x7f_ffff
  }

  /// A square takes a third fewer products, for which it would take two thirds of this code again.
  @inline(__always)
  static func square(_ result: Limbs, _ a: Limbs, _ room: Limbs) { multiply(result, a, a, room) }

  /// Adds what came back from above the top, then `count` products of limbs, up from `a` and down
  /// from `b`; takes a limb out.
  @inline(__always)
  private static func column(
    _ count: Int, _ a: Limbs, _ b: Limbs, high: UInt32 = 0, _ sum: inout UInt64
  ) -> UInt32 {
    sum &+= high.times(64 &* 19)
    sum &+= a[0].times(b[0])
    if count > 1 { sum &+= a[1].times(b[-1]) }
    if count > 2 { sum &+= a[2].times(b[-2]) }
    if count > 3 { sum &+= a[3].times(b[-3]) }
    if count > 4 { sum &+= a[4].times(b[-4]) }
    if count > 5 { sum &+= a[5].times(b[-5]) }
    if count > 6 { sum &+= a[6].times(b[-6]) }
    if count > 7 { sum &+= a[7].times(b[-7]) }
    if count > 8 { sum &+= a[8].times(b[-8]) }
    return take(bits, &sum)
  }
}
