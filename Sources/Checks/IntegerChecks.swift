import Bytes
import Cryptography
import Wire

/// Numbers in bytes, base 32, hex, checksums, frames.
enum IntegerChecks {
  static func run(_ report: inout Report) {
    loads(&report)
    stores(&report)
    texts(&report)
    checksums(&report)
    frames(&report)
    copies(&report)
  }

  private static func loads(_ report: inout Report) {
    let bytes: [UInt8] = [0xff, 0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef, 0xfe]
    report.expect(bytes.span.load16(bigEndianAt: 1) == 0x0123, "load 16 bits at an odd address")
    report.expect(bytes.span.load32(bigEndianAt: 1) == 0x0123_4567, "load 32 bits")
    report.expect(bytes.span.load64(bigEndianAt: 1) == 0x0123_4567_89ab_cdef, "load 64 bits")
    report.expect(bytes.span.load64(bigEndianAt: 2) == 0x2345_6789_abcd_effe, "load unaligned")
  }

  private static func stores(_ report: inout Report) {
    let entropy = SeededEntropy(seed: 1)
    var ok = true
    for _ in 0..<100 {
      var bytes = [UInt8](repeating: 0, count: 20)
      let offset = entropy.number(below: 6)
      let value = entropy.next()
      do {
        var span = bytes.mutableSpan
        span.store(value, bigEndianAt: offset)
        span.store(UInt32(truncatingIfNeeded: value), bigEndianAt: offset + 8)
        span.store(UInt16(truncatingIfNeeded: value), bigEndianAt: offset + 12)
      }
      for i in 0..<8 {
        let byte = UInt8(truncatingIfNeeded: value >> UInt64(56 - 8 * i))
        ok = ok && bytes[offset + i] == byte
        if i >= 4 { ok = ok && bytes[offset + 4 + i] == byte }
        if i >= 6 { ok = ok && bytes[offset + 6 + i] == byte }
      }
      ok = ok && bytes.span.load64(bigEndianAt: offset) == value
    }
    report.expect(ok, "what is stored is loaded again")
    var text = ByteWriter()
    text.append(decimal: UInt64.max)
    text.append(" ")
    text.append(decimal: Int64.min)
    text.append(" ")
    text.append(hex: 0xfedc_ba98_7654_3210, digits: 16)
    report.expect(
      text.bytes.isText("18446744073709551615 -9223372036854775808 fedcba9876543210"),
      "64-bit numbers in text")
    report.expect(Instant(milliseconds: 5) + .max == .never, "time saturates")
  }

  private static func texts(_ report: inout Report) {
    let entropy = SeededEntropy(seed: 2)
    var base32 = true
    var hex = true
    for count in 0..<80 {
      let bytes = entropy.bytes(count)
      let text = Base32.encode(bytes.span)
      base32 = base32 && Base32.decode(text.span) == bytes
      var digits = ByteWriter()
      digits.append(hex: bytes.span)
      let written = digits.bytes
      hex = hex && Hex.decode(written.span) == bytes
    }
    report.expect(base32, "base 32 there and back")
    report.expect(hex, "hex there and back")
    let one: [UInt8] = [0x56]
    report.expect(Base32.encode(one.span).isText("q2"), "base 32 begins with the lowest bits")
  }

  private static func checksums(_ report: inout Report) {
    let example = ("0001f203f4f5f6f7" as StaticString).hexBytes
    report.expect(Checksum.of(example.span) == 0x220d, "checksum of RFC 1071")
    let ones = [UInt8](repeating: 0xff, count: 4000)
    report.expect(Checksum.of(ones.span) == 0, "checksum that carries in each step")
    let entropy = SeededEntropy(seed: 3)
    var ok = true
    for count in 2..<200 {
      var bytes = entropy.bytes(count)
      bytes[0] = 0
      bytes[1] = 0
      let checksum = Checksum.of(bytes.span)
      var span = bytes.mutableSpan
      span.store(checksum, bigEndianAt: 0)
      ok = ok && Checksum.of(bytes.span) == 0
    }
    report.expect(ok, "what holds its checksum sums up to zero")
  }

  /// Processors that cannot read a word from anywhere have a copying routine of our own.
  private static func copies(_ report: inout Report) {
    let source = SeededEntropy(seed: 4).bytes(96)
    var apart = true
    var within = true
    for from in 0..<8 {
      for to in 0..<8 {
        for count in 0..<80 {
          var target = [UInt8](repeating: 0xa5, count: source.count)
          var moved = source
          target.withUnsafeMutableBytes { target in
            source.withUnsafeBytes {
              (target.baseAddress! + to).copyMemory(from: $0.baseAddress! + from, byteCount: count)
            }
          }
          moved.withUnsafeMutableBytes {
            ($0.baseAddress! + to).copyMemory(from: $0.baseAddress! + from, byteCount: count)
          }
          for i in source.indices {
            let isCopy = i >= to && i < to + count
            apart = apart && target[i] == (isCopy ? source[i - to + from] : 0xa5)
            within = within && moved[i] == source[isCopy ? i - to + from : i]
          }
        }
      }
    }
    report.expect(apart, "bytes are copied from and to any place")
    report.expect(within, "bytes are copied onto themselves")
  }

  private static func frames(_ report: inout Report) {
    let pool = FramePool(frameCount: 2)
    var ok = true
    do {
      let first = pool.take()
      let second = pool.take()
      ok = first != nil && second != nil && pool.take() == nil && pool.exhaustedCount == 1
    }
    ok = ok && pool.availableCount == 2
    if var frame = pool.take(headroom: 10) {
      let content: [UInt8] = [1, 2, 3]
      ok = ok && frame.append(content.span) && frame.headroom == 10
      frame.push(10)
      frame.pull(11)
      ok = ok && frame.count == 2 && frame.span[0] == 2
      let tooMuch = [UInt8](repeating: 0, count: frame.tailroom + 1)
      ok = ok && !frame.append(tooMuch.span) && frame.count == 2
    } else {
      ok = false
    }
    report.expect(ok, "frames are pushed, pulled and given back")
  }
}
