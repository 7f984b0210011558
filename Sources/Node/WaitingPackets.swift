import Bytes
import Wire

/// IP packets that wait for a path or a handshake, oldest first: a few for each destination, and
/// not many in all. Each is a whole IPv6 packet and holds a frame of the pool.
///
/// Public only because Embedded Swift wants to see the end of what a public type holds.
public struct WaitingPackets: ~Copyable {
  private struct Waiting: ~Copyable {
    var frame: FrameBuffer
    let destination: IPv6Address
    let since: Instant
  }

  private let storage: UnsafeMutablePointer<Waiting>
  private(set) var count = 0
  /// Destinations for which a search ended without a path, and when the next is to begin.
  private var retries: [(destination: IPv6Address, at: Instant)] = []
  let capacity: Int
  let perDestinationMax: Int
  let patience: UInt64

  init(capacity: Int, perDestinationMax: Int, milliseconds: UInt64) {
    precondition(capacity > 0 && perDestinationMax > 0)
    self.capacity = capacity
    self.perDestinationMax = perDestinationMax
    patience = milliseconds
    storage = .allocate(capacity: capacity)
  }

  deinit {
    for i in 0..<count { (storage + i).deinitialize(count: 1) }
    storage.deallocate()
  }

  /// When the oldest has waited for too long, or a search is to begin.
  var deadline: Instant {
    guard count > 0 else { return .never }
    var deadline = storage[0].since + patience
    for retry in retries { deadline = min(deadline, retry.at) }
    return deadline
  }

  /// A search for `destination` has ended without a path. True if another one is to begin soon,
  /// because the oldest packet has waited for less than `milliseconds`: links may be coming up.
  mutating func retry(
    _ destination: IPv6Address, for milliseconds: UInt64, in pause: UInt64, at now: Instant
  ) -> Bool {
    guard let oldest = first(for: destination), now.since(storage[oldest].since) < milliseconds
    else { return false }
    if retries.count < capacity, !retries.contains(where: { $0.destination == destination }) {
      retries.append((destination, now + pause))
    }
    return true
  }

  /// A destination with packets for which a search is to begin now.
  mutating func takeRetry(at now: Instant) -> IPv6Address? {
    while let index = retries.firstIndex(where: { $0.at <= now }) {
      let destination = retries.remove(at: index).destination
      if !isEmpty(for: destination) { return destination }
    }
    return nil
  }

  func isEmpty(for destination: IPv6Address) -> Bool { first(for: destination) == nil }

  private func first(for destination: IPv6Address) -> Int? {
    for i in 0..<count where storage[i].destination == destination { return i }
    return nil
  }

  /// Keeps `packet`; true if another had to go for it: the oldest to the same destination if there
  /// are many, else the oldest of all.
  mutating func hold(
    _ packet: consuming FrameBuffer, for destination: IPv6Address, at now: Instant
  ) -> Bool {
    var same = 0
    for i in 0..<count where storage[i].destination == destination { same += 1 }
    var pushedOut = false
    if same >= perDestinationMax, let oldest = first(for: destination) {
      _ = take(oldest)
      pushedOut = true
    } else if count >= capacity {
      _ = take(0)
      pushedOut = true
    }
    (storage + count).initialize(
      to: Waiting(frame: packet, destination: destination, since: now))
    count += 1
    return pushedOut
  }

  /// The oldest packet to `destination`.
  mutating func take(for destination: IPv6Address) -> FrameBuffer? {
    guard let index = first(for: destination) else { return nil }
    return take(index)
  }

  /// Appends the oldest packet to `destination`, of which there must be one, to `frame`.
  func copy(for destination: IPv6Address, into frame: inout FrameBuffer) {
    guard let index = first(for: destination) else { return }
    frame.append(storage[index].frame.span)
  }

  /// A packet that has waited for too long.
  mutating func takeExpired(at now: Instant) -> FrameBuffer? {
    guard count > 0, storage[0].since + patience <= now else { return nil }
    return take(0)
  }

  private mutating func take(_ index: Int) -> FrameBuffer {
    let waiting = (storage + index).move()
    (storage + index).moveInitialize(from: storage + index + 1, count: count - index - 1)
    count -= 1
    return waiting.frame
  }
}
