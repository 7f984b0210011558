import Bytes
import Drivers
import Node
import Peering
import Sessions
import Wire

/// Three nodes in a row, and the way of one packet through them.
final class Line {
  let sender: Station
  let forwarder: Station
  let receiver: Station
  private let pool = FramePool(frameCount: 64)
  private static var patience: UInt64 { 60_000 }

  /// Nil if this machine has no sockets for it.
  init?() {
    do throws(SystemError) {
      sender = try Station(seed: 1)
      forwarder = try Station(seed: 2)
      receiver = try Station(seed: 3)
    } catch { return nil }
  }

  /// Links them and lets packets go both ways until all keys and paths are in use; false if that
  /// takes too long.
  func settle() -> Bool {
    do throws(UserError) { try forwarder.open() } catch { return false }
    for station in [sender, receiver] {
      do throws(PeeringError) { try station.connect(to: forwarder) } catch { return false }
    }
    let end = SystemClock.now + Self.patience
    while SystemClock.now < end {
      if sender.deliveredCount >= 5 && receiver.deliveredCount >= 5 { return true }
      emit(100, from: sender, to: receiver)
      emit(100, from: receiver, to: sender)
      rest(200)
    }
    return false
  }

  /// Lets all of them do what they want to for `milliseconds`.
  func rest(_ milliseconds: UInt64) {
    let end = SystemClock.now + milliseconds
    while SystemClock.now < end {
      for station in [sender, forwarder, receiver] { station.turn(1) }
    }
  }

  /// Hands the sender's node, the forwarder's and the receiver's a packet of `byteCount` bytes, one
  /// after the other, without event loop and sockets. Returns the bytes of a frame on a link; nil
  /// if the packet does not arrive.
  func passThroughNodes(_ byteCount: Int, _ number: (Step) -> Int) -> Int? {
    let now = SystemClock.now
    guard let packet = packet(byteCount, from: sender, to: receiver) else { return nil }
    Marks.begin()
    sender.loop.node.receiveFromTun(packet, at: now, into: &sender.loop.outbox)
    let sent = sender.loop.outbox.pop()
    Marks.end(number(.nodeSends))
    guard let sent, let frame = copy(sent.frame.span) else { return nil }
    let count = frame.count
    Marks.begin()
    forwarder.loop.node.receive(
      frame, on: 0, from: sender.address, at: now, into: &forwarder.loop.outbox)
    let forwarded = forwarder.loop.outbox.pop()
    Marks.end(number(.nodeForwards))
    guard let forwarded, let frame = copy(forwarded.frame.span) else { return nil }
    Marks.begin()
    receiver.loop.node.receive(
      frame, on: 0, from: forwarder.address, at: now, into: &receiver.loop.outbox)
    let received = receiver.loop.outbox.pop()
    Marks.end(number(.nodeReceives))
    guard let received, received.destination == .tun, received.frame.count == byteCount else {
      return nil
    }
    return count
  }

  /// The same with event loops and sockets; the packet is handed to the sender's node as its device
  /// would, and at the other end it is dropped. False if it does not arrive.
  func pass(_ byteCount: Int, _ number: (Step) -> Int) -> Bool {
    guard let packet = packet(byteCount, from: sender, to: receiver) else { return false }
    let now = SystemClock.now
    Marks.begin()
    sender.loop.node.receiveFromTun(packet, at: now, into: &sender.loop.outbox)
    sender.loop.flush()
    Marks.end(number(.sends))
    let forwarded = forwarder.forwardedCount + 1
    Marks.begin()
    let isForwarded = turn(forwarder) { forwarder.forwardedCount >= forwarded }
    Marks.end(number(.forwards))
    let delivered = receiver.deliveredCount + 1
    Marks.begin()
    let isDelivered = turn(receiver) { receiver.deliveredCount >= delivered }
    Marks.end(number(.receives))
    return isForwarded && isDelivered
  }

  /// Has `count` packets forwarded that wait for it all at once. False if one gets lost.
  func passMany(_ count: Int, _ byteCount: Int, _ number: (Step) -> Int) -> Bool {
    for _ in 0..<count { emit(byteCount, from: sender, to: receiver, flushing: false) }
    sender.loop.flush()
    let forwarded = forwarder.forwardedCount + UInt64(count)
    Marks.begin()
    let isForwarded = turn(forwarder) { forwarder.forwardedCount >= forwarded }
    Marks.end(number(.forwardsMany))
    let delivered = receiver.deliveredCount + UInt64(count)
    return isForwarded && turn(receiver) { receiver.deliveredCount >= delivered }
  }

  /// Normally one turn.
  private func turn(_ station: Station, until isDone: () -> Bool) -> Bool {
    for _ in 0..<16 {
      _ = station.loop.turn()
      if isDone() { return true }
    }
    return false
  }

  private func emit(
    _ byteCount: Int, from source: Station, to destination: Station, flushing: Bool = true
  ) {
    guard let packet = packet(byteCount, from: source, to: destination) else { return }
    source.loop.node.receiveFromTun(packet, at: SystemClock.now, into: &source.loop.outbox)
    if flushing { source.loop.flush() }
  }

  /// A UDP packet of `byteCount` bytes with its IPv6 header.
  private func packet(
    _ byteCount: Int, from source: Station, to destination: Station
  ) -> FrameBuffer? {
    guard var packet = pool.take() else { return nil }
    let payloadByteCount = byteCount - IPv6Header.byteCount
    packet.resize(to: payloadByteCount)
    var bytes = packet.mutableSpan
    for i in 0..<payloadByteCount { bytes[i] = UInt8(truncatingIfNeeded: i) }
    IPv6Header(
      payloadByteCount: UInt16(payloadByteCount), nextHeader: 17, hopLimit: 64,
      source: source.loop.node.address, destination: destination.loop.node.address
    ).push(onto: &packet)
    return packet
  }

  private func copy(_ bytes: Span<UInt8>) -> FrameBuffer? {
    guard var frame = pool.take(), frame.append(bytes) else { return nil }
    return frame
  }
}
