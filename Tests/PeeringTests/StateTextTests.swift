import Bytes
import Cryptography
import Testing
import Wire

@testable import Peering

@Suite struct StateTextTests {
  static let peers: [RememberedPeer] = {
    var scoped = LinkAddress.ipv6(
      IPv6Address(text: Array("fe80::1".utf8).span)!, port: 65535)
    scoped.scope = 4_294_967_295
    let addresses = [
      .ipv4(192, 0, 2, 7, port: 1234), scoped,
      .ipv6(IPv6Address(text: Array("2001:db8::1".utf8).span)!, port: 1),
      LinkAddress(family: .ethernet, bytes: FixedBytes(), port: 0),
    ]
    let random = SeededEntropy(seed: 5)
    return addresses.enumerated().map {
      RememberedPeer(link: $0, address: $1, key: Identity.generate(random).publicKey)
    }
  }()

  @Test func `what is written is read again`() {
    for count in 0...Self.peers.count {
      let peers = Array(Self.peers.prefix(count))
      #expect(StateText.read(StateText.make(peers)) == peers)
    }
  }

  @Test func `the whole table of peers fits`() {
    let random = SeededEntropy(seed: 6)
    let peers = (0..<PeeringLimits().peerCountMax).map { _ in
      var address = Self.peers[1].address
      for i in 0..<16 { address.bytes[i] = UInt8(truncatingIfNeeded: random.next()) | 16 }
      return RememberedPeer(link: 15, address: address, key: Self.peers[1].key)
    }
    #expect(StateText.read(StateText.make(peers)) == peers)
  }

  @Test func `a text of which a part is missing or different is refused`() {
    let text = StateText.make(Self.peers)
    #expect(StateText.read([]) == nil)
    for count in 0..<text.count { #expect(StateText.read(Array(text.prefix(count))) == nil) }
    for i in text.indices {
      var other = text
      other[i] ^= 1
      #expect(StateText.read(other) == nil)
    }
    // A longer one of which a shorter one has overwritten the beginning.
    let shorter = StateText.make(Array(Self.peers.prefix(1)))
    #expect(StateText.read(shorter + text.dropFirst(shorter.count)) == nil)
  }

  @Test func `lines and words of a later version do no harm`() {
    let text = StateText.make(Array(Self.peers.prefix(1)))
    let lines = text.split(separator: UInt8(ascii: "\n")).map { Array($0) }
    var body: [UInt8] = []
    let later = ["slot 5 of somebody", "peer", "peer ", "peer x", "peer 99999999999 1.2.3.4:5 y"]
    for line in [lines[0]] + later.map({ Array($0.utf8) }) + [lines[1] + Array(" 0 7 x".utf8)] {
      body += line + [UInt8(ascii: "\n")]
    }
    var digest = FixedBytes<32>()
    var result = digest.mutableSpan
    Backend.sha256(body.span, body.span.extracting(0..<0), into: &result)
    var end = ByteWriter()
    end.append("end ")
    end.append(hex: digest.span.extracting(0..<8))
    end.append("\n")
    #expect(StateText.read(body + end.bytes) == Array(Self.peers.prefix(1)))
  }
}
