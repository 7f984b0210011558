import Bytes
import Testing
import Wire

@Suite struct AirHeaderTests {
  static let own = card([2, 0, 0, 0, 0, 1])
  static let peer = card([2, 0, 0, 0, 0, 2])
  static let bssid = card([0x02, 0x63, 0x6a, 0x64, 0x6e, 0x73])
  static let here = AirAddress(own: own, bssid: bssid, rate: 12)
  static let there = AirAddress(own: peer, bssid: bssid)
  static let all = LinkAddress.ethernet([UInt8](repeating: 0xff, count: 6).span)
  static let content: [UInt8] = [1, 2, 3, 4, 5]

  static func card(_ bytes: [UInt8]) -> FixedBytes<6> { FixedBytes(copying: bytes.span) }

  /// What is sent, radiotap in front.
  static func sent(to destination: LinkAddress, from air: AirAddress) -> [UInt8] {
    let pool = FramePool(frameCount: 1)
    var frame = pool.take()!
    frame.append(content.span)
    let isPushed =
      EthernetHeader.push(onto: &frame)
      && AirHeader.push(onto: &frame, to: destination, from: air, sequence: 0x1abc)
    #expect(isPushed)
    return [UInt8](copying: frame.span)
  }

  /// What is received: another radiotap in front, which is all that differs.
  static func heard(
    _ radiotap: [UInt8], to destination: LinkAddress? = nil,
    change: (inout [UInt8]) -> Void = { _ in }
  ) throws -> [UInt8] {
    var mac = Array(sent(to: destination ?? .ethernet(own.span), from: there)[10...])
    change(&mac)
    return radiotap + mac
  }

  static func pull(_ bytes: [UInt8], to air: AirAddress = here) throws(WireError)
    -> (header: AirHeader, content: [UInt8])
  {
    let pool = FramePool(frameCount: 1)
    var frame = pool.take()!
    frame.append(bytes.span)
    let header = try AirHeader.pull(from: &frame, to: air)
    try EthernetHeader.pull(from: &frame)
    return (header, [UInt8](copying: frame.span))
  }

  static func hex(_ text: String) throws -> [UInt8] {
    let digits = [UInt8](text.utf8.filter { $0 > 0x20 })
    let bytes = Hex.decode(digits.span)
    return try #require(bytes)
  }

  @Test func `a frame is sent as is written in the standards`() throws {
    let one = try Self.hex(
      """
      00000a00 04000200 0c04 0800 0000 020000000002 020000000001 02636a646e73 c0ab
      aaaa03000000fc00 0000000bfc00 0102030405
      """)
    #expect(Self.sent(to: .ethernet(Self.peer.span), from: Self.here) == one)
    // Without a rate radiotap has no fields; what is for all is not repeated.
    let all = try Self.hex(
      """
      00000a00 00000000 0000 0800 0000 ffffffffffff 020000000002 02636a646e73 c0ab
      aaaa03000000fc00 0000000bfc00 0102030405
      """)
    #expect(Self.sent(to: Self.all, from: Self.there) == all)
    let pool = FramePool(frameCount: 1)
    var frame = pool.take(headroom: AirHeader.byteCount - 1)!
    let isPushed = AirHeader.push(onto: &frame, to: Self.all, from: Self.here, sequence: 1)
    #expect(!isPushed && frame.count == 0)
  }

  /// As receivers make them: 0 to 3 words more for single antennas, each with what is wanted.
  static let radiotaps: [(name: String, hex: String, signal: Int8)] = [
    ("nothing told", "00000800 00000000", 0),
    ("strength alone", "00000900 20000000 c4", -60),
    ("no strength", "00000e00 0a000000 00 00 6c09 a000", 0),
    ("strongest", "00000900 20000000 ff", -1),
    (
      "one antenna, Linux",
      """
      00002400 2f4000a0 20080000 00000000 1122334455667788 10 02 6c09a000 b7 00 0000 b6 00
      """, -73
    ),
    (
      "two antennas, Linux, 802.11n",
      """
      00002a00 2b4008a0 200800a0 20080000 1122334455667788 10 00 6c098004 c8 00 0000 270407 c6 00
      c4 01 00
      """, -56
    ),
    (
      "three antennas, Linux",
      """
      00003000 2f4000a0 200800a0 200800a0 20080000 00000000 1122334455667788 00 6c
      3c144001 a5 00 0000 a1 00 9f 01 a1 02
      """, -91
    ),
    (
      "one antenna, with a time stamp, Linux",
      """
      00003800 2f4040a0 200800a0 20080000 1122334455667788 00 02 8509a000 d8 00 0000 \
      000000000000 f9e4d19e00000000 0000 0101 d1 00 d8 01
      """, -40
    ),
    ("mac80211_hwsim", "00001a00 2f480000 f9d54e8e58610600 00 30 6c09c000 ce 00 0000", -50),
    ("FreeBSD", "00001a00 2f480000 1122334455667788 10 02 6c09 a000 b0 01 0000", -80),
    ("frequency hopping", "00000f00 32000000 00 00 0102 b1 0000", -79),
  ]

  @Test(arguments: radiotaps)
  func `content and strength are found behind every radiotap`(
    name: String, hex: String, signal: Int8
  ) throws {
    let radiotap = try Self.hex(hex)
    #expect(radiotap.count == Int(radiotap[2]))
    for destination in [LinkAddress.ethernet(Self.own.span), Self.all] {
      for isQoS in [false, true] {
        let bytes = try Self.heard(radiotap, to: destination) {
          if isQoS {
            $0[0] |= 0x80
            $0.insert(contentsOf: [0, 0], at: 24)
          }
        }
        // A checksum may follow.
        for end in [[], [0xaa, 0xbb, 0xcc, 0xdd]] as [[UInt8]] {
          let result = try Self.pull(bytes + end)
          #expect(result.header.source == .ethernet(Self.peer.span))
          #expect(result.header.isBroadcast == (destination == Self.all))
          #expect(result.header.signal == signal)
          #expect(result.content == Self.content)
        }
      }
    }
  }

  static let radiotap = [UInt8](arrayLiteral: 0, 0, 9, 0, 0x20, 0, 0, 0, 0xc4)

  @Test(arguments: [0x08, 0x10, 0x20, 0x38] as [UInt8])
  func `what says that it is repeated or that its sender sleeps is taken`(flag: UInt8) throws {
    #expect(try Self.pull(Self.heard(Self.radiotap) { $0[1] |= flag }).content == Self.content)
  }

  /// Each a byte of the MAC header and what is there instead.
  @Test(
    arguments: [
      (0, 0x09, "another version"), (0, 0x80, "a beacon of an access point"), (0, 0xb4, "RTS"),
      (0, 0x48, "without data"), (0, 0x28, "with a CF-Poll"), (1, 0x01, "to an access point"),
      (1, 0x02, "from an access point"), (1, 0x03, "with four addresses"), (1, 0x04, "a part"),
      (1, 0x40, "encrypted"), (1, 0x80, "with HT control"), (4, 0x03, "for a group"),
      (9, 0x03, "for another card"), (10, 0x03, "from a group"), (15, 0x01, "from here"),
      (16, 0x03, "of another network"), (21, 0x74, "of another network"),
    ] as [(Int, UInt8, String)])
  func `what is not for us is refused`(offset: Int, byte: UInt8, what: String) throws {
    let bytes = try Self.heard(Self.radiotap) { $0[offset] = byte }
    #expect(throws: WireError.unknownType) { try Self.pull(bytes) }
  }

  @Test func `other protocols are refused`() throws {
    for offset in 24..<32 {
      let bytes = try Self.heard(Self.radiotap) { $0[offset] ^= 1 }
      #expect(throws: WireError.badMagic) { try Self.pull(bytes) }
    }
    // Longer by two bytes than it says.
    let qos = try Self.heard(Self.radiotap) { $0[0] |= 0x80 }
    #expect(throws: WireError.badMagic) { try Self.pull(qos) }
  }

  @Test func `what was sent here is refused`() throws {
    let echo = try Self.heard(Self.hex("00000d00 04800200 30 00 0100 00"))
    #expect(throws: WireError.unknownType) { try Self.pull(echo) }
    // As it leaves: the own address says it.
    let sent = Self.sent(to: .ethernet(Self.peer.span), from: Self.here)
    #expect(throws: WireError.unknownType) { try Self.pull(sent) }
    let back = try Self.pull(sent, to: Self.there)
    #expect(back.header.source == .ethernet(Self.own.span) && back.content == Self.content)
  }

  @Test func `a radiotap that is longer than it says is refused`() throws {
    let cases: [(String, WireError)] = [
      ("01000800 00000000", .badVersion), ("00000700 00000000", .malformed),
      ("00000000 00000000", .malformed), ("00000800 20000000", .malformed),
      ("00000800 00000080", .malformed), ("00000c00 00000080 00000080", .malformed),
      ("00001000 21000000 0000000000000000", .malformed), ("0000ffff 00000000", .tooShort),
    ]
    for (hex, error) in cases {
      let bytes = try Self.heard(Self.hex(hex))
      #expect(throws: error, "\(hex)") { try Self.pull(bytes) }
    }
    let endless = try Self.heard([0, 0, 200, 0] + [UInt8](repeating: 0xff, count: 196))
    #expect(throws: WireError.malformed) { try Self.pull(endless) }
  }

  @Test(arguments: radiotaps)
  func `nothing that is cut off is taken`(name: String, hex: String, signal: Int8) throws {
    let bytes = try Self.heard(Self.hex(hex))
    for count in 0..<bytes.count {
      #expect(throws: WireError.self) { try Self.pull([UInt8](bytes[..<count])) }
    }
  }

  @Test func `random changes end in an answer`() throws {
    var random = SeededGenerator(seed: 9)
    var takenCount = 0
    for _ in 0..<5000 {
      let radiotap = Self.radiotaps.randomElement(using: &random)!
      var bytes = try Self.heard(Self.hex(radiotap.hex))
      for _ in 0..<Int.random(in: 0...4, using: &random) {
        bytes[.random(in: 0..<bytes.count, using: &random)] = .random(in: 0...255, using: &random)
      }
      bytes.removeLast(.random(in: 0...1, using: &random) * .random(in: 0...40, using: &random))
      do throws(WireError) {
        if try Self.pull(bytes).content == Self.content { takenCount += 1 }
      } catch {}
    }
    #expect(takenCount > 500 && takenCount < 4000)
  }
}
