import Bytes
import CSystem
import Wire

/// A link of the node over UDP: one data socket, and one for beacons if they are wanted.
public final class UDPLink {
  /// Bytes that the kernel may hold in each direction.
  private static var kernelBufferByteCount: Int32 { 1 << 20 }
  /// Below that many datagrams at a time a whole batch is not worth preparing.
  private static var fewFrames: Int { 8 }

  let socket: UDPSocket
  private(set) var beaconSocket: UDPSocketBox?
  /// The devices whose networks beacons go to; "all" is one of them.
  public var beaconDevices: [[UInt8]] = []
  /// Where beacons went when that was last looked up.
  public var beaconTargets: [LinkAddress] = []
  /// The port where beacons are sent to and heard.
  public let beaconPort: UInt16
  /// Options that the system refused, each a message; taken by who logs.
  public private(set) var refused: [StaticString] = []
  /// Frames that the kernel had no room for or did not want.
  public private(set) var lostCount: UInt64 = 0

  private var sending = FrameBatch()
  private var receiving = FrameBatch()
  private var trains: TrainsBox?
  private var wanted = UDPLink.fewFrames

  /// Where the data socket is bound really.
  public var bound: LinkAddress { socket.bound }

  /// Opens the data socket; `dscp` is 0 to 63. `.inUse` if the port is taken.
  public init(bind: LinkAddress, dscp: UInt8, beaconPort: UInt16) throws(SystemError) {
    socket = try UDPSocket(bind: bind)
    self.beaconPort = beaconPort
    if cs_udp_set_buffers(socket.descriptor, Self.kernelBufferByteCount) < 0 {
      refused.append("larger socket buffers are refused")
    }
    if dscp != 0, cs_udp_set_dscp(socket.descriptor, bind.family.rawValue, dscp) < 0 {
      refused.append("the traffic class (dscp) is refused")
    }
    if cs_udp_set_trains(socket.descriptor) >= 0 {
      trains = TrainsBox()
    } else {
      refused.append("trains of datagrams are refused")
    }
  }

  /// Opens the beacon socket beside the data socket, once (IPv4 only).
  public func listenForBeacons() throws(SystemError) {
    guard beaconSocket == nil else { return }
    guard bound.family == .ipv4, beaconPort != 0 else { throw .unsupported }
    var address = bound
    address.port = beaconPort
    let socket = try UDPSocket(bind: address, exclusive: false)
    try checked(cs_udp_set_broadcast(self.socket.descriptor))
    beaconSocket = UDPSocketBox(socket)
  }

  /// The broadcast addresses of the networks that are there now.
  public func findBeaconTargets(besides tunDevice: [UInt8]) -> [LinkAddress] {
    NetworkInterface.beaconTargets(devices: beaconDevices, port: beaconPort, besides: tunDevice)
  }

  // MARK: The data path

  /// Takes a batch from the kernel; then `next` hands it out.
  func receive(pool: FramePool) {
    if let trains {
      trains.trains.receive(on: socket.descriptor)
      return
    }
    receiving.receive(on: socket.descriptor, wanted: wanted, pool: pool)
    // A busy link gets whole batches, an idle one does not pay for preparing them.
    wanted = receiving.count > Self.fewFrames / 2 ? FrameBatch.capacity : Self.fewFrames
  }

  /// Hands out the datagrams of the last `receive`, each with its source; nil at the end.
  func next(pool: FramePool, source: inout LinkAddress) -> FrameBuffer? {
    guard let trains else {
      if receiving.isEmpty { return nil }
      source = receiving.nextSource
      return receiving.pop()
    }
    while !trains.trains.isEmpty {
      source = trains.trains.nextSource
      if let frame = trains.trains.pop(pool: pool) { return frame }
    }
    return nil
  }

  /// The next datagram on the beacon socket, with its source; nil if there is none.
  func nextBeacon(pool: FramePool, source: inout LinkAddress) -> FrameBuffer? {
    guard let beaconSocket, var frame = pool.take() else { return nil }
    let room = UnsafeMutableBufferPointer(start: frame.rawStart, count: frame.tailroom)
    let count = beaconSocket.socket.receive(into: room, source: &source)
    guard count >= 0 else { return nil }
    frame.resize(to: count)
    return frame
  }

  /// True while there is something for `flush`.
  var isSending: Bool { !sending.isEmpty }

  /// Puts a frame into the batch that `flush` sends; sends it first if it is full.
  func send(_ frame: consuming FrameBuffer, to address: LinkAddress) {
    if sending.isFull { flush() }
    sending.append(frame, to: address)
  }

  func flush() {
    if sending.isEmpty { return }
    let count = sending.count
    lostCount += UInt64(count - sending.send(on: socket.descriptor, trains: true))
  }
}
