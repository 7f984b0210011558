import Bytes
import CSystem
import Wire

/// Trains of datagrams as the kernel collects them (UDP_GRO): many of one sender and one length in
/// one piece, taken apart into frames here. Costs a copy and saves the kernel's work on each.
public struct DatagramTrains: ~Copyable {
  /// So many in one call while each is a single datagram, and so many when they are trains: the
  /// memory that is touched stays about the same.
  private static var singlesMax: Int { 16 }
  private static var trainsMax: Int { 4 }
  private static var trainByteCount: Int { 65536 }

  private let memory: UnsafeMutablePointer<UInt8>
  private let datagrams: UnsafeMutablePointer<cs_datagram>
  private var index = 0
  private var offset = 0
  private var count = 0
  private var wanted = DatagramTrains.singlesMax

  init() {
    memory = .allocate(capacity: Self.singlesMax * Self.trainByteCount)
    datagrams = .allocate(capacity: Self.singlesMax)
    datagrams.initialize(repeating: cs_datagram(), count: Self.singlesMax)
  }

  deinit {
    memory.deallocate()
    datagrams.deallocate()
  }

  /// Where the frame that `pop` takes out came from.
  var nextSource: LinkAddress { datagrams[index].address.linkAddress }
  var isEmpty: Bool { index == count }

  /// Has the kernel fill it; it must be empty.
  mutating func receive(on socket: Int32) {
    for i in 0..<wanted {
      datagrams[i].bytes = memory + i * Self.trainByteCount
      datagrams[i].count = UInt32(Self.trainByteCount)
    }
    count = max(0, Int(cs_udp_receive(socket, datagrams, Int32(wanted))))
    wanted = Self.singlesMax
    for i in 0..<count where datagrams[i].segment != 0 { wanted = Self.trainsMax }
    index = 0
    offset = 0
  }

  /// The next datagram in a frame of `pool`; nil, and the datagram lost, if the pool has none or it
  /// is longer than a frame. Only while not `isEmpty`.
  mutating func pop(pool: FramePool) -> FrameBuffer? {
    let whole = Int(datagrams[index].count)
    let segment = datagrams[index].segment == 0 ? whole : Int(datagrams[index].segment)
    let start = datagrams[index].bytes! + offset
    let byteCount = min(segment, whole - offset)
    offset += byteCount
    if offset >= whole {
      index += 1
      offset = 0
    }
    guard var frame = pool.take(), byteCount <= frame.tailroom else { return nil }
    frame.resize(to: byteCount)
    UnsafeMutableRawPointer(frame.rawStart).copyMemory(from: start, byteCount: byteCount)
    return frame
  }
}
