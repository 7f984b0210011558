/// Poly1305 as it is written down: numbers of any size, in 16-bit digits, one after the other.
enum SlowPoly1305 {
  typealias Number = [UInt64]

  static func tag(of message: [UInt8], key: [UInt32]) -> [UInt32] {
    let bytes = key.flatMap { word in (0..<4).map { UInt8(truncatingIfNeeded: word >> (8 * $0)) } }
    var r = Array(bytes[0..<16])
    for i in [3, 7, 11, 15] { r[i] &= 15 }
    for i in [4, 8, 12] { r[i] &= 252 }
    var sum: [UInt8] = [0]
    for start in stride(from: 0, to: message.count, by: 16) {
      let block = Array(message[start..<min(start + 16, message.count)]) + [1]
      sum = reduced(multiplied(added(sum, block), r))
    }
    let total = added(sum, Array(bytes[16..<32])) + [UInt8](repeating: 0, count: 16)
    return (0..<4).map { word in
      (0..<4).reduce(0) { $0 | UInt32(total[4 * word + $1]) << UInt32(8 * $1) }
    }
  }

  private static func added(_ a: [UInt8], _ b: [UInt8]) -> [UInt8] {
    var result: [UInt8] = []
    var carry = 0
    for i in 0..<max(a.count, b.count) + 1 {
      carry += (i < a.count ? Int(a[i]) : 0) + (i < b.count ? Int(b[i]) : 0)
      result.append(UInt8(carry & 255))
      carry >>= 8
    }
    return result
  }

  private static func multiplied(_ a: [UInt8], _ b: [UInt8]) -> [UInt8] {
    var columns = [Int](repeating: 0, count: a.count + b.count)
    for i in a.indices { for j in b.indices { columns[i + j] += Int(a[i]) * Int(b[j]) } }
    var carry = 0
    return columns.map { column in
      carry += column
      defer { carry >>= 8 }
      return UInt8(carry & 255)
    }
  }

  /// Modulo 2^130 - 5: by shifting and subtracting.
  private static func reduced(_ number: [UInt8]) -> [UInt8] {
    var rest = number
    let modulus: [UInt8] = [0xfb] + [UInt8](repeating: 0xff, count: 15) + [3]
    while let top = rest.lastIndex(where: { $0 != 0 }), top > 16 || (top == 16 && rest[16] > 3) {
      // What stands above bit 130 comes back five times.
      let low = Array(rest[..<16]) + [rest[16] & 3]
      var high: [UInt8] = []
      for i in 16...top {
        high.append(rest[i] >> 2 | (i < top ? rest[i + 1] << 6 : 0))
      }
      rest = added(low, multiplied(high, [5]))
    }
    rest += [UInt8](repeating: 0, count: max(0, 17 - rest.count))
    let isBelow = zip(rest[..<17], modulus).reversed().first { $0 != $1 }.map { $0 < $1 } ?? false
    if isBelow { return rest }
    // One modulus less is 5 more without bit 130.
    return Array(added(Array(rest[..<17]), [5])[..<16]) + [0]
  }
}
