import Bytes
import Wire

/// Forwarding (switch.md section 6): a pure function of a packet, the interface it came in on and
/// the interfaces that are there. Our own switch always uses the default encoding scheme.
public enum Switch {
  /// The interface of the node's own router.
  public static var routerSlot: Int { 1 }
  /// The label shift may not pass this.
  static var labelShiftMax: Int { 63 }
  /// What of a packet is quoted in an error.
  static var errorQuoteByteCountMax: Int { 256 }
  /// What stands in front of the quote.
  static var errorHeaderByteCount: Int { 24 }
  /// A shorter packet causes no error.
  static var errorCauseByteCountMin: Int { 16 }

  /// What to do with a packet.
  public enum Forwarding: Equatable, Sendable {
    /// Send it on that interface.
    case to(Int)
    /// It is for this node.
    case toRouter
    /// It has become an error packet: send it back on the interface it came from.
    case errorBack
    case drop(DropReason)
  }

  /// Why a packet is dropped without an error.
  public enum DropReason: Equatable, Sendable {
    case runt
    /// The path is longer than a label can count.
    case labelShift
    /// It cannot go on, and is an error packet itself.
    case suppressed
  }

  /// Canonical director width of an interface in the default scheme: 4, 7 or 10 bits.
  @inline(__always)
  static func width(_ slot: Int) -> Int { slot <= 7 ? 4 : slot <= 32 ? 7 : 10 }

  /// Takes one step of the packet's way, in place. `packet` begins with its switch header and came
  /// in on `source` (1: from the own router); `live` are the interfaces that can carry packets,
  /// `allotted` those that somebody has: packets of others to one that is silent are undeliverable.
  public static func forward(
    _ packet: inout FrameBuffer, from source: Int, live: borrowing SlotSet,
    allotted: borrowing SlotSet = SlotSet()
  ) -> Forwarding {
    guard packet.count >= SwitchHeader.byteCount else { return .drop(.runt) }
    let bits: UInt64
    let shift: Int
    do {
      let bytes = packet.span
      bits = bytes.load64(bigEndianAt: 0)
      shift = Int(bytes[9] & 63)
    }
    let step: Step
    switch next(bits, from: source, live: live, allotted: allotted) {
    case .success(let value): step = value
    case .failure(let type): return error(&packet, type)
    }
    let newShift = shift + step.width
    guard newShift <= labelShiftMax else { return .drop(.labelShift) }
    do {
      var bytes = packet.mutableSpan
      bytes.store(step.label, bigEndianAt: 0)
      bytes[9] = bytes[9] & 0xc0 | UInt8(newShift)
      bytes.store(UInt16.max, bigEndianAt: 10)
    }
    return step.slot == routerSlot ? .toRouter : .to(step.slot)
  }

  private struct Step {
    var slot: Int
    var width: Int
    var label: UInt64
  }

  private enum Outcome {
    case success(Step)
    case failure(ControlFrame.ErrorType)
  }

  @inline(__always)
  private static func next(
    _ bits: UInt64, from source: Int, live: borrowing SlotSet, allotted: borrowing SlotSet
  ) -> Outcome {
    var width: Int
    let slot: Int
    if bits & 1 != 0 {
      width = 4
      let number = Int(truncatingIfNeeded: bits >> 1) & 7
      slot = number < 2 ? number ^ 1 : number
    } else {
      width = bits & 2 != 0 ? 7 : 10
      let number = Int(truncatingIfNeeded: bits >> 2) & (width == 7 ? 31 : 255)
      slot = number == 0 ? 0 : number + 1
    }
    let sourceWidth = self.width(source)
    if sourceWidth > width {
      guard slot == routerSlot else { return .failure(.malformedAddress) }
      // The sender could not know our width for its side: the bits that it needs must be free.
      guard (bits ^ 1) & ((1 << UInt64(sourceWidth + 4)) - 1) == 0 else {
        return .failure(.returnPathInvalid)
      }
      width = sourceWidth
    }
    if slot != routerSlot {
      guard live.contains(slot) else {
        let isSilent = allotted.contains(slot)
        return .failure(
          isSilent && source != routerSlot ? .undeliverable : .malformedAddress)
      }
    }
    let back = Label(director(source, width: width)).reversed.bits
    return .success(Step(slot: slot, width: width, label: bits >> UInt64(width) | back))
  }

  /// The director of `slot` in a form of that width, at least its canonical one.
  @inline(__always)
  private static func director(_ slot: Int, width: Int) -> UInt64 {
    if slot == routerSlot { return 1 }
    if width == 4 { return UInt64(slot == 0 ? 1 : slot) << 1 | 1 }
    return UInt64(slot == 0 ? 0 : slot - 1) << 2 | (width == 7 ? 2 : 0)
  }

  /// Makes `packet` the error packet that it causes (switch.md section 7), or says to drop it.
  @inline(never)
  public static func error(
    _ packet: inout FrameBuffer, _ type: ControlFrame.ErrorType
  ) -> Forwarding {
    guard packet.count >= errorCauseByteCountMin else { return .drop(.runt) }
    guard packet.span[8] & 1 == 0 else { return .drop(.suppressed) }
    let back = Label(packet.span.load64(bigEndianAt: 0)).reversed
    packet.resize(to: min(packet.count, errorQuoteByteCountMax))
    packet.push(errorHeaderByteCount)
    var header = SwitchHeader(label: back.bits, suppressErrors: true)
    header.congestion = 1
    header.trafficClass = .max
    do {
      var bytes = packet.mutableSpan
      header.emit(into: &bytes)
      bytes.store(ControlFrame.handle, bigEndianAt: 12)
      bytes.store(ControlFrame.Kind.error.rawValue, bigEndianAt: 18)
      bytes.store(type.rawValue, bigEndianAt: 20)
    }
    packet.pull(SwitchHeader.byteCount + ControlFrame.handleByteCount)
    do {
      var bytes = packet.mutableSpan
      ControlFrame.seal(&bytes)
    }
    packet.push(SwitchHeader.byteCount + ControlFrame.handleByteCount)
    return .errorBack
  }
}
