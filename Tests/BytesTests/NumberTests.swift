import Bytes
import Testing

@Suite struct NumberTests {
  static let bytes: [UInt8] = [0xff, 0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef, 0xfe]

  @Test func `numbers are read most significant byte first, wherever they lie`() {
    #expect(Self.bytes.span.load16(bigEndianAt: 1) == 0x0123)
    #expect(Self.bytes.span.load32(bigEndianAt: 1) == 0x0123_4567)
    #expect(Self.bytes.span.load64(bigEndianAt: 1) == 0x0123_4567_89ab_cdef)
    #expect(Self.bytes.span.load64(bigEndianAt: 2) == 0x2345_6789_abcd_effe)
  }

  @Test func `numbers are written as they are read`() {
    var random = SeededGenerator(seed: 3)
    for _ in 0..<200 {
      let value = UInt64.random(in: 0 ... .max, using: &random)
      let offset = Int.random(in: 0...8, using: &random)
      var bytes = [UInt8](repeating: 0xaa, count: 24)
      var span = bytes.mutableSpan
      span.store(value, bigEndianAt: offset)
      span.store(UInt32(truncatingIfNeeded: value), bigEndianAt: offset + 8)
      span.store(UInt16(truncatingIfNeeded: value), bigEndianAt: offset + 12)
      #expect(bytes.span.load64(bigEndianAt: offset) == value)
      #expect(bytes.span.load32(bigEndianAt: offset + 8) == UInt32(truncatingIfNeeded: value))
      #expect(bytes.span.load16(bigEndianAt: offset + 12) == UInt16(truncatingIfNeeded: value))
      #expect(bytes[..<offset].allSatisfy { $0 == 0xaa })
      #expect(bytes[(offset + 14)...].allSatisfy { $0 == 0xaa })
    }
  }

  @Test(
    arguments: [
      (0, "0"), (9, "9"), (10, "10"), (-1, "-1"), (.max, "9223372036854775807"),
      (.min, "-9223372036854775808"),
    ] as [(Int64, String)])
  func `numbers are written in decimal`(value: Int64, text: String) {
    var writer = ByteWriter()
    writer.append(decimal: value)
    #expect(writer.bytes == Array(text.utf8))
  }

  @Test func `a writer keeps what fits and remembers that something did not`() {
    var writer = ByteWriter(limit: 4)
    writer.append("abc")
    #expect(!writer.overflowed)
    writer.append(hex: 0xde, digits: 2)
    #expect(writer.overflowed && writer.bytes == Array("abcd".utf8))
  }

  @Test func `time does not go beyond never, nor back before zero`() {
    let start = Instant(milliseconds: 5)
    #expect(start + .max == .never)
    #expect(Instant.never + 1 == .never)
    #expect(start.since(Instant(milliseconds: 9)) == 0)
    #expect(Instant(milliseconds: 9).since(start) == 4)
  }

  @Test func `fixed bytes are ordered as unsigned numbers`() {
    var low = FixedBytes<4>()
    var high = FixedBytes<4>()
    low[3] = 0xff
    high[0] = 0x80
    #expect(low < high && !(high < low) && low != high && !low.isZero)
    #expect(FixedBytes<4>().isZero)
  }
}
