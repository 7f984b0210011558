import Bytes
import Testing

@Suite struct TextTests {
  @Test func `base 32 and hex give back every byte string`() {
    var random = SeededGenerator(seed: 4)
    for count in 0..<100 {
      let bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
      let text = Base32.encode(bytes.span)
      #expect(text.count == Base32.characterCount(byteCount: count))
      #expect(Base32.decode(text.span) == bytes)
      let upper = Array(String(decoding: text, as: UTF8.self).uppercased().utf8)
      #expect(Base32.decode(upper.span) == bytes)
      var hex = ByteWriter()
      hex.append(hex: bytes.span)
      let digits = hex.bytes
      #expect(Hex.decode(digits.span) == bytes)
    }
  }

  @Test func `of all characters only the alphabet is base 32`() {
    let alphabet = Array(Base32.alphabet.description.utf8)
    for character in UInt8.min...UInt8.max {
      let lower = character >= 65 && character <= 90 ? character + 32 : character
      let text = [character, UInt8(ascii: "0")]
      let decoded = Base32.decode(text.span)
      #expect((decoded != nil) == alphabet.contains(lower))
    }
  }

  @Test(arguments: [
    ("::", "0000:0000:0000:0000:0000:0000:0000:0000"),
    ("::1", "0000:0000:0000:0000:0000:0000:0000:0001"),
    ("fc00::", "fc00:0000:0000:0000:0000:0000:0000:0000"),
    ("FC12:3::4:5", "fc12:0003:0000:0000:0000:0000:0004:0005"),
    ("1:2:3:4:5:6:7:8", "0001:0002:0003:0004:0005:0006:0007:0008"),
    ("::ffff:192.0.2.1", "0000:0000:0000:0000:0000:ffff:c000:0201"),
    ("1::3:4:5:6:7:8", "0001:0000:0003:0004:0005:0006:0007:0008"),
  ])
  func `an IPv6 address is read in each of its forms`(text: String, full: String) throws {
    let bytes = Array(text.utf8)
    let address = try #require(IPv6Address(text: bytes.span) as Optional)
    var written = ByteWriter()
    address.appendText(to: &written)
    let again = written.bytes
    #expect(again == Array(full.utf8))
    #expect(IPv6Address(text: again.span) == address)
  }

  @Test(arguments: [
    "", ":", ":::", "1", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1::2::3", "12345::", "g::",
    "1:2:3:4:5:6:7:8::", ":1:2:3:4:5:6:7", "1:2:3:4:5:6:7:", "::1.2.3", "::256.0.0.1",
    "1:2:3:4:5:6:7:1.2.3.4", "::1 ", " ::1", "::1%eth0",
  ])
  func `what is no IPv6 address is refused`(text: String) {
    let bytes = Array(text.utf8)
    #expect(IPv6Address(text: bytes.span) == nil)
  }

  @Test(arguments: [
    "", "1.2.3", "1.2.3.4.5", "1..2.3", "256.1.1.1", "1.2.3.", ".1.2.3", "1.2.3.0004",
  ])
  func `what is no IPv4 address is refused`(text: String) {
    let bytes = Array(text.utf8)
    #expect(IPv6Address.dotted(bytes.span) == nil)
  }
}
