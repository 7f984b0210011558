import Bytes
import Switching
import Wire

/// One frame is all that these need.
nonisolated(unsafe) private let pool = FramePool(frameCount: 1)

private func withFrame(_ bytes: [UInt8], _ body: (inout FrameBuffer) -> Void) {
  guard var frame = pool.take() else { fatalError("a frame was not given back") }
  frame.append(bytes.span)
  body(&frame)
}

/// Control frames as they are and, for the sake of what lies behind it, with a right checksum.
func controlTarget(_ bytes: Span<UInt8>) {
  _ = ControlFrame.isPresent(in: bytes)
  _ = checked(bytes)
  guard bytes.count >= 4 else { return }
  var frame = [UInt8](copying: bytes)
  var span = frame.mutableSpan
  ControlFrame.seal(&span)
  guard let kind = checked(frame.span) else { return }
  expect(frame.count >= kind.byteCountMin, "a frame that is taken is whole")
  let version = kind == .error ? 0 : ControlFrame.version(of: frame.span)
  plantedBug([
    kind == .returnPathReply || kind == .linkAddressQuery, frame.count > 60, version > 20,
    version < 64, frame[frame.count - 1] & 0xf == 9,
  ])
  guard let answer = kind.answer else { return }
  span = frame.mutableSpan
  ControlFrame.beginAnswer(&span, kind: answer, version: 21)
  ControlFrame.seal(&span)
  expect(checked(frame.span) == answer, "the answer to a frame is one that is taken")
}

private func checked(_ frame: Span<UInt8>) -> ControlFrame.Kind? {
  do throws(WireError) {
    return try ControlFrame.check(frame)
  } catch {
    return nil
  }
}

/// What a device in monitor mode hears, for the card 02:00:00:00:00:01 of the network
/// 02:00:00:00:00:09.
func airTarget(_ bytes: Span<UInt8>) {
  var air = AirAddress()
  air.own[0] = 2
  air.own[5] = 1
  air.bssid[0] = 2
  air.bssid[5] = 9
  withFrame([UInt8](copying: bytes)) { frame in
    guard let header = try? AirHeader.pull(from: &frame, to: air) else { return }
    expect(header.source.bytes[0] & 1 == 0, "a frame comes from a card")
    expect(header.source != .ethernet(air.own.span), "and not from this one")
    expect(frame.count < bytes.count - 38, "it has lost its header")
    guard (try? EthernetHeader.pull(from: &frame)) != nil else { return }
    plantedBug([
      header.signal < -50, !header.isBroadcast, frame.count > 8, header.source.bytes[2] > 40,
      bytes[12] > 200,
    ])
    let content = [UInt8](copying: frame.span)
    let isPushed =
      EthernetHeader.push(onto: &frame)
      && AirHeader.push(
        onto: &frame, to: .ethernet(air.own.span),
        from: AirAddress(
          own: FixedBytes(copying: header.source.bytes.span.extracting(0..<6)), bssid: air.bssid),
        sequence: 1)
    expect(isPushed, "there is room for what was taken off")
    let again = try? AirHeader.pull(from: &frame, to: air)
    expect(again?.source == header.source && again?.signal == 0, "a header survives being written")
    try? EthernetHeader.pull(from: &frame)
    expect([UInt8](copying: frame.span) == content, "and so does what is behind it")
  }
}

/// What comes from the operating system and what is found within a session: IPv6 and data headers,
/// and the errors that packets cause.
func packetTarget(_ bytes: Span<UInt8>) {
  do throws(WireError) { _ = try DataHeader(bytes) } catch {}
  do throws(WireError) {
    let header = try IPv6Header(bytes)
    withFrame([UInt8](copying: bytes.extracting(IPv6Header.byteCount..<bytes.count))) { frame in
      header.push(onto: &frame)
      expect((try? IPv6Header(frame.span)) == header, "a header survives being written")
    }
    for error in [ICMPv6Error.packetTooBig(1280), .noRoute] {
      withFrame([UInt8](copying: bytes)) { frame in
        guard error.replace(&frame, sender: header.destination) else { return }
        expect(frame.count <= 1280, "an error has a longest length")
        plantedBug([
          header.nextHeader == ICMPv6Error.nextHeader, header.payloadByteCount > 255,
          header.hopLimit < 16, frame.count > 120, header.source.isNode,
        ])
      }
    }
  } catch {}
}

/// Encoding schemes, and labels in them.
func schemeTarget(_ bytes: Span<UInt8>) {
  var input = Input(bytes)
  let serialized = input.counted()
  guard let scheme = EncodingScheme(serialized: serialized.span) else { return }
  let again = EncodingScheme(serialized: scheme.serialized.span)
  expect(again == scheme, "a scheme survives being written")
  let widest = scheme.forms.map(\.width).max() ?? 0
  plantedBug([
    scheme.forms.count > 1, !scheme.is358, widest > 12, scheme.forms[0].bitCount == 2,
    scheme.forms[scheme.forms.count - 1].prefix == 2,
  ])
  while !input.isAtEnd {
    let label = Label(input.word64())
    let other = Label(input.word64())
    if let director = scheme.director(of: label), let form = scheme.form(of: label) {
      expect(director.width == scheme.forms[form].width, "a director is as wide as its form")
      if let one = scheme.label(slot: director.slot) {
        expect(scheme.isOneHop(one), "the label of an interface is one hop")
        expect(scheme.director(of: one)?.slot == director.slot, "and leads to it")
      }
    }
    if let canonical = scheme.canonical(label) {
      expect(scheme.form(of: canonical) != nil, "a canonical label is in a form")
    }
    _ = scheme.isSelf(label)
    _ = scheme.convert(label, toForm: Int(other.bits & 31))
    _ = scheme.widened(label, for: other)
  }
}

/// Packets at a switch with any interfaces, and what is done with labels.
func switchTarget(_ bytes: Span<UInt8>) {
  var input = Input(bytes)
  let source = Int(input.byte()) % (SlotSet.slotMax + 1)
  var live = SlotSet()
  var allotted = SlotSet()
  for _ in 0..<4 {
    // Each byte a run of interfaces, every other one of which is silent.
    let first = Int(input.byte())
    for slot in first..<min(first + 24, SlotSet.slotMax + 1) {
      allotted.insert(slot)
      if slot % 3 != 0 { live.insert(slot) }
    }
  }
  let packet = input.rest()
  if packet.count >= 16 { labels(packet.span.load64(bigEndianAt: 0), packet.span) }
  withFrame(packet) { frame in
    switch Switch.forward(&frame, from: source, live: live, allotted: allotted) {
    case .to(let slot):
      expect(live.contains(slot), "a packet goes where somebody is")
      expect(frame.count == packet.count, "a packet keeps its length")
      let shift = frame.span[9] & 63
      plantedBug([
        slot > 32, source > 32, shift > 20, frame.span[8] & 1 != 0, slot > source, shift > 50,
      ])
    case .toRouter: expect(frame.count == packet.count, "a packet keeps its length")
    case .errorBack:
      frame.pull(SwitchHeader.byteCount + ControlFrame.handleByteCount)
      expect(Checksum.of(frame.span) == 0, "an error has a right checksum")
    case .drop: break
    }
  }
}

private func labels(_ bits: UInt64, _ packet: Span<UInt8>) {
  let a = Label(bits)
  let b = Label(packet.load64(bigEndianAt: 8))
  expect(a.reversed.reversed == a, "reversed twice is as before")
  let both = Label.splice(a, behind: b)
  if both != .unreachable, b.bits > 1, a.bits > 1 {
    expect(both.routesThrough(b), "a spliced path leads through the middle")
    expect(both.unspliced(at: b) == a, "and on from there as before")
  }
}
