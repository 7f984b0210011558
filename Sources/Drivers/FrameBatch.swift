import Bytes
import CSystem
import Wire

/// Frames that the kernel fills or empties in one call, in place.
public struct FrameBatch: ~Copyable {
  static var capacity: Int { CS_BATCH_MAX }

  private let frames: UnsafeMutablePointer<FrameBuffer>
  private let datagrams: UnsafeMutablePointer<cs_datagram>
  private var first = 0
  /// Frames in it.
  private(set) var count = 0

  init() {
    frames = .allocate(capacity: Self.capacity)
    datagrams = .allocate(capacity: Self.capacity)
    datagrams.initialize(repeating: cs_datagram(), count: Self.capacity)
  }

  deinit {
    for i in 0..<count { (frames + first + i).deinitialize(count: 1) }
    frames.deallocate()
    datagrams.deallocate()
  }

  var isEmpty: Bool { count == 0 }
  var isFull: Bool { count == Self.capacity }
  /// Where the frame that `pop` takes out came from.
  var nextSource: LinkAddress { datagrams[first].address.linkAddress }

  /// Appends a frame that is to go to `address`. There must be room.
  mutating func append(_ frame: consuming FrameBuffer, to address: LinkAddress) {
    precondition(count < Self.capacity)
    datagrams[count].bytes = frame.rawStart
    datagrams[count].count = UInt32(frame.count)
    datagrams[count].address = cs_address(address)
    (frames + count).initialize(to: frame)
    count += 1
  }

  /// Sends all and empties the batch; returns how many the kernel took.
  mutating func send(on socket: Int32, trains: Bool) -> Int {
    let sent = cs_udp_send(socket, datagrams, Int32(count), trains)
    // One by one: Embedded Swift cannot deinitialize several of a type that owns something.
    for i in 0..<count { (frames + i).deinitialize(count: 1) }
    count = 0
    return Int(sent)
  }

  /// Takes up to `wanted` empty frames of `pool`, has the kernel fill them, and keeps those that
  /// were filled. The batch must be empty.
  mutating func receive(on socket: Int32, wanted: Int, pool: FramePool) {
    precondition(count == 0)
    var ready = 0
    while ready < min(wanted, Self.capacity) {
      guard let frame = pool.take() else { break }
      datagrams[ready].bytes = frame.rawStart
      datagrams[ready].count = UInt32(frame.tailroom)
      (frames + ready).initialize(to: frame)
      ready += 1
    }
    if ready > 0 { count = max(0, Int(cs_udp_receive(socket, datagrams, Int32(ready)))) }
    for i in 0..<count { frames[i].resize(to: Int(datagrams[i].count)) }
    for i in count..<ready { (frames + i).deinitialize(count: 1) }
  }

  /// Takes the oldest frame out.
  mutating func pop() -> FrameBuffer? {
    guard count > 0 else { return nil }
    let frame = (frames + first).move()
    count -= 1
    first = count == 0 ? 0 : first + 1
    return frame
  }
}
