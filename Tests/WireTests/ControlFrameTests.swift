import Bytes
import Testing
import Wire

@Suite struct ControlFrameTests {
  static let queries: [ControlFrame.Kind] = [
    .ping, .keyPing, .supernodeQuery, .returnPathQuery, .linkAddressQuery,
  ]

  static func frame(_ kind: ControlFrame.Kind, data: [UInt8] = []) -> [UInt8] {
    let pool = FramePool(frameCount: 1)
    var frame = pool.take()!
    let isBuilt = ControlFrame.build(&frame, kind: kind, version: 21, data: data.span)
    #expect(isBuilt)
    frame.pull(ControlFrame.handleByteCount)
    return [UInt8](copying: frame.span)
  }

  @Test(arguments: queries)
  func `a query is checked as what it was built as`(kind: ControlFrame.Kind) throws {
    var random = SeededGenerator(seed: 7)
    for count in 0..<64 {
      let bytes = Self.frame(
        kind, data: (0..<count).map { _ in .random(in: 0...255, using: &random) })
      #expect(try ControlFrame.check(bytes.span) == kind)
      #expect(ControlFrame.version(of: bytes.span) == 21)
      #expect(bytes.count == kind.byteCountMin + count)
    }
  }

  @Test(arguments: queries)
  func `a query turned into its answer is a right frame`(kind: ControlFrame.Kind) throws {
    var bytes = Self.frame(kind, data: [1, 2, 3])
    let answer = try #require(kind.answer)
    do {
      var span = bytes.mutableSpan
      ControlFrame.beginAnswer(&span, kind: answer, version: 22)
      ControlFrame.seal(&span)
    }
    #expect(try ControlFrame.check(bytes.span) == answer)
    #expect(bytes.suffix(3) == [1, 2, 3])
    #expect(answer.answer == nil)
  }

  @Test func `any changed bit is found`() {
    let good = Self.frame(.ping, data: [1, 2, 3, 4, 5, 6, 7, 8])
    for bit in 0..<good.count * 8 {
      var bytes = good
      bytes[bit / 8] ^= 1 << UInt8(bit % 8)
      #expect(throws: WireError.badChecksum) { try ControlFrame.check(bytes.span) }
    }
  }

  @Test func `a frame that is cut off is refused`() {
    let good = Self.frame(.keyPing)
    for count in 0..<good.count {
      #expect(throws: WireError.self) { try ControlFrame.check(good.span.extracting(0..<count)) }
    }
  }

  @Test func `what has another magic, an unknown type or too much data is refused`() {
    func sealed(_ bytes: [UInt8], _ edit: (inout [UInt8]) -> Void) -> [UInt8] {
      var bytes = bytes
      edit(&bytes)
      var span = bytes.mutableSpan
      ControlFrame.seal(&span)
      return bytes
    }
    let magic = sealed(Self.frame(.ping)) { $0[4] ^= 1 }
    #expect(throws: WireError.badMagic) { try ControlFrame.check(magic.span) }
    let type = sealed(Self.frame(.ping)) { $0[3] = 13 }
    #expect(throws: WireError.unknownType) { try ControlFrame.check(type.span) }
    let long = sealed(Self.frame(.keyPing)) { $0 += [UInt8](repeating: 0, count: 65) }
    #expect(throws: WireError.tooLong) { try ControlFrame.check(long.span) }
  }

  @Test func `what does not fit into a frame is not built`() throws {
    let pool = FramePool(frameCount: 1)
    var frame = pool.take()!
    let data = [UInt8](repeating: 0, count: FramePool.slotByteCount)
    let isBuilt = ControlFrame.build(&frame, kind: .ping, version: 21, data: data.span)
    #expect(!isBuilt)
  }

  @Test func `random bytes are no frame unless their checksum is right`() {
    var random = SeededGenerator(seed: 8)
    for _ in 0..<3000 {
      let bytes = (0..<Int.random(in: 0...120, using: &random)).map { _ in
        UInt8.random(in: 0...255, using: &random)
      }
      if let kind = try? ControlFrame.check(bytes.span) {
        #expect(Checksum.of(bytes.span) == 0 && bytes.count >= kind.byteCountMin)
      }
      let isPresent = ControlFrame.isPresent(in: bytes.span)
      #expect(!isPresent || bytes[12..<16].allSatisfy { $0 == 0xff })
    }
  }

  @Test func `the exchanged checksum of today's authentication errors is taken, no other`() throws {
    for (type, isTaken) in [(UInt32(6), true), (8, false)] {
      var bytes = (0..<44).map { UInt8(truncatingIfNeeded: $0 * 7) }
      for (i, byte) in [0, 0, 0, 2, 0, 0, 0, UInt8(type)].enumerated() { bytes[i] = byte }
      let sum = Checksum.of(bytes.span)
      bytes[0] = UInt8(sum & 255)
      bytes[1] = UInt8(sum >> 8)
      if isTaken {
        #expect(try ControlFrame.check(bytes.span) == .error)
        bytes[20] ^= 1
      }
      #expect(throws: WireError.badChecksum) { try ControlFrame.check(bytes.span) }
    }
  }
}
