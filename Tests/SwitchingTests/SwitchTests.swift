import Bytes
import Switching
import Testing
import Wire

@Suite struct SwitchTests {
  static var everySlot: SlotSet {
    var live = SlotSet()
    for slot in 0...SlotSet.slotMax { live.insert(slot) }
    return live
  }

  static func packet(_ label: UInt64, _ pool: FramePool, suppress: Bool = false) -> FrameBuffer {
    var frame = pool.take()!
    frame.append([0xaa, 0xbb, 0xcc, 0xdd, 0xee].span)
    SwitchHeader(label: label, suppressErrors: suppress).push(onto: &frame)
    return frame
  }

  @Test func `a packet of our router leaves with the marker of the way back`() throws {
    let pool = FramePool(frameCount: 1)
    var frame = Self.packet(0x13, pool)
    let forwarding = Switch.forward(&frame, from: 1, live: Self.everySlot)
    #expect(forwarding == .to(0))
    let header = try SwitchHeader(frame.span)
    #expect(header.label == 0x8000_0000_0000_0001 && header.labelShift == 4)
    #expect(header.trafficClass == 0xffff)
    let arrival = Switch.forward(&frame, from: 2, live: Self.everySlot)
    #expect(arrival == .toRouter)
    #expect(
      try EncodingScheme.v358.director(of: Label(SwitchHeader(frame.span).label).reversed)?.slot
        == 2)
  }

  @Test func `an interface that is not there is answered with an error that returns`() throws {
    let pool = FramePool(frameCount: 1)
    var live = Self.everySlot
    live.remove(5)
    let label = EncodingScheme.v358.label(slot: 5)!
    var frame = Self.packet(label.bits, pool)
    let original = [UInt8](copying: frame.span)
    let forwarding = Switch.forward(&frame, from: 3, live: live)
    #expect(forwarding == .errorBack)
    let header = try SwitchHeader(frame.span)
    #expect(header.label == label.reversed.bits && header.suppressErrors)
    let isControl = ControlFrame.isPresent(in: frame.span)
    #expect(isControl)
    let type = frame.span.load32(bigEndianAt: 20)
    #expect(type == ControlFrame.ErrorType.malformedAddress.rawValue)
    #expect(Array([UInt8](copying: frame.span)[24...]) == original)
    frame.pull(16)
    #expect(Checksum.of(frame.span) == 0)
  }

  @Test func `an error never causes another one`() {
    let pool = FramePool(frameCount: 1)
    var frame = Self.packet(0x15, pool, suppress: true)
    let forwarding = Switch.forward(&frame, from: 3, live: SlotSet())
    #expect(forwarding == .drop(.suppressed))
  }

  @Test func `what is shorter than a header is dropped`() {
    let pool = FramePool(frameCount: 1)
    for count in 0..<SwitchHeader.byteCount {
      var frame = pool.take()!
      frame.append([UInt8](repeating: 0x13, count: count).span)
      let forwarding = Switch.forward(&frame, from: 0, live: Self.everySlot)
      #expect(forwarding == .drop(.runt))
    }
  }

  @Test func `an error quotes at most 256 bytes`() {
    let pool = FramePool(frameCount: 1)
    var frame = Self.packet(0x15, pool)
    frame.append([UInt8](repeating: 1, count: 3000).span)
    let forwarding = Switch.forward(&frame, from: 3, live: SlotSet())
    let count = frame.count
    #expect(forwarding == .errorBack && count == 280)
  }

  @Test func `random packets go to an interface that is there, back, or nowhere`() {
    var random = SeededGenerator(seed: 17)
    let pool = FramePool(frameCount: 1)
    var live = SlotSet()
    for slot in 0...SlotSet.slotMax where Bool.random(using: &random) { live.insert(slot) }
    for _ in 0..<5000 {
      let bytes = (0..<Int.random(in: 0...60, using: &random)).map { _ in
        UInt8.random(in: 0...255, using: &random)
      }
      var frame = pool.take()!
      frame.append(bytes.span)
      let forwarding = Switch.forward(
        &frame, from: .random(in: 0...256, using: &random), live: live)
      if case .to(let slot) = forwarding { #expect(live.contains(slot) && slot != 1) }
      if case .errorBack = forwarding {
      } else {
        #expect([UInt8](copying: frame.span).dropFirst(12) == bytes.dropFirst(12))
      }
    }
  }

  @Test func `a set of interfaces holds what was inserted, and nothing else`() {
    var random = SeededGenerator(seed: 18)
    var set = SlotSet()
    var model: Set<Int> = []
    for _ in 0..<2000 {
      let slot = Int.random(in: 0...256, using: &random)
      if Bool.random(using: &random) {
        set.insert(slot)
        model.insert(slot)
      } else {
        set.remove(slot)
        model.remove(slot)
      }
    }
    for slot in -3...300 { #expect(set.contains(slot) == model.contains(slot)) }
  }
}
