import Bytes
import Testing
import Wire

@Suite struct LinkAddressTests {
  @Test func `every address is read as it was written`() {
    var random = SeededGenerator(seed: 9)
    for _ in 0..<500 {
      var bytes = FixedBytes<16>()
      let family = [LinkAddress.Family.ipv4, .ipv6, .ethernet].randomElement(using: &random)!
      let count = family == .ipv4 ? 4 : family == .ipv6 ? 16 : 6
      // Zeros are frequent, so that each place for "::" occurs.
      for i in 0..<count where Bool.random(using: &random) {
        bytes[i] = .random(in: 0...255, using: &random)
      }
      let port =
        family == .ethernet || Bool.random(using: &random)
        ? 0 : UInt16.random(in: 0 ... .max, using: &random)
      let address = LinkAddress(family: family, bytes: bytes, port: port)
      var text = ByteWriter()
      address.appendText(to: &text)
      let written = text.bytes
      #expect(
        LinkAddress(text: written.span) == address, "\(String(decoding: written, as: UTF8.self))")
    }
  }

  @Test(arguments: [
    ("[2001:db8:0:0:1:0:0:1]:5", "[2001:db8::1:0:0:1]:5"), ("2001:0:0:1:0:0:0:1", "2001:0:0:1::1"),
    ("0:0:0:0:0:0:0:0", "::"), ("1:0:3:4:5:6:7:8", "1:0:3:4:5:6:7:8"),
    ("1:2:3:4:5:6:0:0", "1:2:3:4:5:6::"),
  ])
  func `an IPv6 address is written in the form of RFC 5952`(text: String, short: String) throws {
    let bytes = Array(text.utf8)
    let address = try #require(LinkAddress(text: bytes.span) as Optional)
    var written = ByteWriter()
    address.appendText(to: &written)
    #expect(String(decoding: written.bytes, as: UTF8.self) == short)
  }

  @Test(arguments: [
    "", "[", "[]", "[]:1", ":1", "1.2.3.4/33", "1.2.3.4:", "[::1]:70000", "[::1]x", "::/129", "a",
    "1.2.3.4:-1",
  ])
  func `what is no address is refused`(text: String) {
    let bytes = Array(text.utf8)
    #expect(LinkAddressText(bytes.span) == nil)
  }

  @Test func `a prefix length is no part of a plain address`() {
    let bytes = Array("10.0.0.0/8".utf8)
    #expect(LinkAddress(text: bytes.span) == nil)
    #expect(LinkAddressText(bytes.span)?.prefixLength == 8)
  }

  @Test func `random text never traps`() {
    var random = SeededGenerator(seed: 10)
    let alphabet = Array("0123456789abcdef:.[]/x".utf8)
    for _ in 0..<5000 {
      let text = (0..<Int.random(in: 0...24, using: &random)).map { _ in
        alphabet.randomElement(using: &random)!
      }
      if let parsed = LinkAddressText(text.span) {
        var written = ByteWriter()
        parsed.append(to: &written)
        let again = written.bytes
        #expect(LinkAddressText(again.span) == parsed)
      }
    }
  }
}
