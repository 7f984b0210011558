import Bytes
import Peering
import Switching
import Wire

// Frames from outside.
extension Node {
  /// Takes one frame that came in on `link` from `address`, and was sent to this node alone.
  public mutating func receive(
    _ frame: consuming FrameBuffer, on link: Int, from address: LinkAddress, at now: Instant,
    into outbox: inout Outbox
  ) {
    var frame = frame
    let received = peering.receive(
      &frame, on: link, from: address, at: now, entropy: entropy, into: &outbox)
    _ = received
  }

  /// Takes what came in on the beacon socket of `link`, or as a broadcast; only beacons count.
  public mutating func receiveBeacon(
    _ frame: consuming FrameBuffer, on link: Int, from address: LinkAddress, at now: Instant,
    into outbox: inout Outbox
  ) {
    let frame = frame
    if !peering.receiveBeacon(
      frame.span, on: link, from: address, at: now, entropy: entropy, into: &outbox)
    {
      counters.broadcastDroppedCount += 1
    }
  }

  /// Takes an IP packet of the operating system: bare, with room for headers in front.
  public mutating func receiveFromTun(
    _ packet: consuming FrameBuffer, at now: Instant, into outbox: inout Outbox
  ) {
    counters.tunReceivedCount += 1
  }
}
