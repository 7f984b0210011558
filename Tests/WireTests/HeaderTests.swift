import Bytes
import Testing
import Wire

@Suite struct HeaderTests {
  @Test func `every switch header is read as it was written`() throws {
    var random = SeededGenerator(seed: 5)
    for _ in 0..<500 {
      var header = SwitchHeader(
        label: .random(in: 0 ... .max, using: &random), suppressErrors: .random(using: &random))
      header.congestion = .random(in: 0...127, using: &random)
      header.version = .random(in: 0...3, using: &random)
      header.labelShift = .random(in: 0...63, using: &random)
      header.trafficClass = .random(in: 0 ... .max, using: &random)
      var bytes = [UInt8](repeating: 0, count: SwitchHeader.byteCount)
      var span = bytes.mutableSpan
      header.emit(into: &span)
      #expect(try SwitchHeader(bytes.span) == header)
    }
  }

  @Test func `a header that is cut off is too short`() {
    for count in 0..<SwitchHeader.byteCount {
      let bytes = [UInt8](repeating: 0xff, count: count)
      #expect(throws: WireError.tooShort) { try SwitchHeader(bytes.span) }
    }
    #expect(throws: WireError.tooShort) { try DataHeader([0x10, 0, 1].span) }
    #expect(throws: WireError.tooShort) { try Beacon([UInt8](repeating: 0, count: 55).span) }
    #expect(throws: WireError.tooShort) { try IPv6Header([UInt8](repeating: 0x60, count: 39).span) }
    #expect(throws: WireError.badVersion) {
      try IPv6Header([UInt8](repeating: 0x45, count: 40).span)
    }
  }

  @Test func `headers are pushed in front of their content`() throws {
    let pool = FramePool(frameCount: 1)
    var frame = pool.take()!
    frame.append([0xaa].span)
    DataHeader(contentType: DataHeader.routerMessage).push(onto: &frame)
    SwitchHeader(label: 0x13).push(onto: &frame)
    #expect(
      [UInt8](copying: frame.span)
        == [0, 0, 0, 0, 0, 0, 0, 0x13, 0, 0x40, 0, 0, 0x10, 0, 1, 0, 0xaa])
    frame.pull(SwitchHeader.byteCount)
    #expect(try DataHeader(frame.span).contentType == 256)
  }

  @Test func `every beacon is read as it was written, and any other magic refused`() throws {
    var random = SeededGenerator(seed: 6)
    let pool = FramePool(frameCount: 1)
    for _ in 0..<100 {
      let password = (0..<20).map { _ in UInt8.random(in: 0...255, using: &random) }
      let key = (0..<32).map { _ in UInt8.random(in: 0...255, using: &random) }
      let beacon = UDPBeacon(
        port: .random(in: 0 ... .max, using: &random),
        beacon: Beacon(
          version: .random(in: 0 ... .max, using: &random),
          password: FixedBytes(copying: password.span),
          publicKey: FixedBytes(copying: key.span)))
      var frame = pool.take()!
      beacon.emit(into: &frame)
      #expect(try UDPBeacon(frame.span) == beacon)
      for position in 0..<6 {
        var bytes = [UInt8](copying: frame.span)
        bytes[position] ^= 1
        #expect(throws: WireError.self) { try UDPBeacon(bytes.span) }
      }
    }
  }

  static let hostHeader = IPv6Header(
    payloadByteCount: 20, nextHeader: 17, hopLimit: 64,
    source: IPv6Address(text: Array("fc00::1".utf8).span)!,
    destination: IPv6Address(text: Array("fc00::2".utf8).span)!)

  @Test(
    arguments: [
      (ICMPv6Error.noRoute, 1, 0, 0), (.addressUnreachable, 1, 3, 0),
      (.packetTooBig(1304), 2, 0, 1304),
    ] as [(ICMPv6Error, UInt8, UInt8, UInt32)])
  func `an ICMPv6 error quotes the packet and has a right checksum`(
    error: ICMPv6Error, type: UInt8, code: UInt8, parameter: UInt32
  ) throws {
    let pool = FramePool(frameCount: 1)
    for payload in [20, 1400] {
      var frame = pool.take()!
      frame.append([UInt8](repeating: 5, count: payload).span)
      Self.hostHeader.push(onto: &frame)
      let original = [UInt8](copying: frame.span)
      let isMade = error.replace(&frame, sender: IPv6Address(text: Array("fc00::9".utf8).span)!)
      #expect(isMade)
      let bytes = [UInt8](copying: frame.span)
      #expect(bytes.count == min(1280, original.count + 48))
      let header = try IPv6Header(bytes.span)
      #expect(header.destination == Self.hostHeader.source && header.nextHeader == 58)
      #expect(Int(header.payloadByteCount) == bytes.count - 40)
      #expect(bytes[40] == type && bytes[41] == code)
      #expect(bytes.span.load32(bigEndianAt: 44) == parameter)
      #expect(Array(bytes[48...]) == Array(original[..<(bytes.count - 48)]))
      let sum = Checksum.inIPv6(
        addresses: bytes.span.extracting(8..<40), nextHeader: 58,
        payload: bytes.span.extracting(40..<bytes.count))
      #expect(sum == 0)
    }
  }

  @Test func `no ICMPv6 error answers an ICMPv6 error or a multicast packet`() throws {
    let pool = FramePool(frameCount: 1)
    for (nextHeader, destination) in [(58, "fc00::2"), (17, "ff02::1")] as [(UInt8, String)] {
      var header = Self.hostHeader
      header.nextHeader = nextHeader
      header.destination = IPv6Address(text: Array(destination.utf8).span)!
      var frame = pool.take()!
      frame.append([UInt8](repeating: 1, count: 20).span)
      header.push(onto: &frame)
      let before = [UInt8](copying: frame.span)
      let isMade = ICMPv6Error.noRoute.replace(&frame, sender: header.source)
      #expect(!isMade)
      #expect([UInt8](copying: frame.span) == before)
    }
  }
}
