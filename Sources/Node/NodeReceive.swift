import Bytes
import Peering
import Switching
import Wire

// Frames from links, and the switch.
extension Node {
  /// Takes one frame that came in on `link` from `address`, and was sent to this node alone.
  @_optimize(speed)
  public mutating func receive(
    _ frame: consuming FrameBuffer, on link: Int, from address: LinkAddress, at now: Instant,
    into outbox: inout Outbox
  ) {
    var frame = frame
    switch peering.receive(
      &frame, on: link, from: address, at: now, entropy: entropy, into: &outbox)
    {
    case .packet(let slot): forward(frame, from: slot, at: now, into: &outbox)
    case .consumed, .dropped: break
    }
    settle(at: now, into: &outbox)
  }

  /// Takes what came in on the beacon socket of `link`, or as a broadcast; only beacons count.
  public mutating func receiveBeacon(
    _ frame: consuming FrameBuffer, on link: Int, from address: LinkAddress, at now: Instant,
    into outbox: inout Outbox
  ) {
    if !peering.receiveBeacon(
      frame.span, on: link, from: address, at: now, entropy: entropy, into: &outbox)
    {
      counters.broadcastDroppedCount &+= 1
    }
    settle(at: now, into: &outbox)
  }

  /// Lets the switch take one step with `packet`, which came in on `slot` or, for slot 1, is our
  /// own.
  mutating func forward(
    _ packet: consuming FrameBuffer, from slot: Int, at now: Instant, into outbox: inout Outbox
  ) {
    var packet = packet
    switch Switch.forward(
      &packet, from: slot, live: peering.liveSlots, allotted: peering.allottedSlots)
    {
    case .to(let destination):
      if peering.send(packet, to: destination, at: now, entropy: entropy, into: &outbox),
        slot != Switch.routerSlot
      {
        counters.forwardedCount &+= 1
      }
    case .toRouter:
      counters.deliveredCount &+= 1
      deliver(packet, from: slot, at: now, into: &outbox)
    case .errorBack:
      if slot == Switch.routerSlot {
        receiveOwnError(packet, at: now)
      } else if gates.admitError(to: slot, at: now) {
        counters.errorSentCount &+= 1
        peering.send(packet, to: slot, at: now, entropy: entropy, into: &outbox)
      } else {
        counters.errorSuppressedCount &+= 1
      }
    case .drop(.runt): counters.runtCount &+= 1
    case .drop(.labelShift): counters.labelShiftCount &+= 1
    case .drop(.suppressed): counters.errorSuppressedCount &+= 1
    }
  }

  /// Pushes a fresh switch header onto `packet` and sends it along `label`.
  mutating func send(
    _ packet: consuming FrameBuffer, along label: Label, suppressErrors: Bool = false,
    at now: Instant, into outbox: inout Outbox
  ) {
    var packet = packet
    SwitchHeader(label: label.bits, suppressErrors: suppressErrors).push(onto: &packet)
    forward(packet, from: Switch.routerSlot, at: now, into: &outbox)
  }

  /// Takes a packet that the switch has for this node.
  @inline(never)
  private mutating func deliver(
    _ packet: consuming FrameBuffer, from slot: Int, at now: Instant, into outbox: inout Outbox
  ) {
    guard packet.count >= SwitchHeader.byteCount + ControlFrame.handleByteCount else {
      counters.runtCount &+= 1
      return
    }
    let path = Label(packet.span.load64(bigEndianAt: 0)).reversed
    // Nothing may be answered along a path that leads nowhere. Our own pings to ourselves are the
    // only packets whose path back is the marker alone.
    guard slot == Switch.routerSlot || Node.isWellFormed(path) else {
      counters.badReturnPathCount &+= 1
      return
    }
    let word = packet.span.load32(bigEndianAt: SwitchHeader.byteCount)
    if word == ControlFrame.handle {
      receiveControl(packet, from: slot, path: path, at: now, into: &outbox)
    } else {
      receiveMessage(packet, word, from: slot, path: path, at: now, into: &outbox)
    }
  }

  /// True if behind the first director of `path` there is a marker.
  private static func isWellFormed(_ path: Label) -> Bool {
    let width = path.bits & 1 != 0 ? 4 : path.bits & 2 != 0 ? 7 : 10
    return path.bitCount >= width
  }
}
