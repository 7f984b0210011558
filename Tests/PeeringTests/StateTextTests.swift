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

  private static func memory(
    _ peers: [RememberedPeer], _ owners: [Int: UInt32] = [0: 1, 256: .max]
  ) -> PeeringMemory {
    var memory = PeeringMemory()
    memory.peers = peers
    for (slot, owner) in owners { memory.owners[slot] = owner }
    return memory
  }

  private static func isSame(_ a: PeeringMemory?, _ b: PeeringMemory) -> Bool {
    guard let a else { return false }
    return a.peers == b.peers && a.owners == b.owners
  }

  @Test func `what is written is read again`() {
    for count in 0...Self.peers.count {
      let memory = Self.memory(Array(Self.peers.prefix(count)))
      #expect(Self.isSame(StateText.read(StateText.make(memory)), memory))
    }
  }

  @Test func `what somebody has who is not remembered is worth to be written`() {
    let all = Self.memory(Self.peers)
    #expect(!all.lacksAny(of: all))
    #expect(!all.lacksAny(of: Self.memory([Self.peers[2]], [:])))
    #expect(Self.memory(Self.peers, [0: 1]).lacksAny(of: all))
    #expect(Self.memory(Self.peers, [0: 1, 256: 2]).lacksAny(of: all))
    #expect(Self.memory(Array(Self.peers.dropFirst())).lacksAny(of: all))
  }

  @Test func `the whole table of peers fits`() {
    let random = SeededEntropy(seed: 6)
    let peers = (0..<PeeringLimits().peerCountMax).map { _ in
      var address = Self.peers[1].address
      for i in 0..<16 { address.bytes[i] = UInt8(truncatingIfNeeded: random.next()) | 16 }
      return RememberedPeer(link: 15, address: address, key: Self.peers[1].key)
    }
    var memory = Self.memory(peers)
    memory.owners = .init(repeating: .max, count: memory.owners.count)
    #expect(Self.isSame(StateText.read(StateText.make(memory)), memory))
  }

  @Test func `a text of which a part is missing or different is refused`() {
    let text = StateText.make(Self.memory(Self.peers))
    #expect(StateText.read([]) == nil)
    for count in 0..<text.count { #expect(StateText.read(Array(text.prefix(count))) == nil) }
    for i in text.indices {
      var other = text
      other[i] ^= 1
      #expect(StateText.read(other) == nil)
    }
    // A longer one of which a shorter one has overwritten the beginning.
    let shorter = StateText.make(Self.memory(Array(Self.peers.prefix(1))))
    #expect(StateText.read(shorter + text.dropFirst(shorter.count)) == nil)
  }

  @Test func `lines and words of a later version do no harm`() {
    let text = StateText.make(Self.memory(Array(Self.peers.prefix(1))))
    let lines = text.split(separator: UInt8(ascii: "\n")).map { Array($0) }
    var body: [UInt8] = []
    let later = [
      "slot", "slot ", "slot 5 of somebody", "slot 5 4294967296", "slot 257 1", "slot 4294967295 1",
      "peer", "peer ", "peer x",
      "peer 99999999999 1.2.3.4:5 y",
    ]
    let longer = [lines[1] + Array(" 0 7 x".utf8), lines[2] + Array(" x".utf8), lines[3]]
    for line in [lines[0]] + later.map({ Array($0.utf8) }) + longer {
      body += line + [UInt8(ascii: "\n")]
    }
    var digest = FixedBytes<32>()
    var result = digest.mutableSpan
    Backend.sha256(body.span, body.span.extracting(0..<0), into: &result)
    var end = ByteWriter()
    end.append("end ")
    end.append(hex: digest.span.extracting(0..<8))
    end.append("\n")
    let memory = Self.memory(Array(Self.peers.prefix(1)))
    #expect(Self.isSame(StateText.read(body + end.bytes), memory))
  }
}
