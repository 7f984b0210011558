import Bytes
import CSystem
import Wire

/// The socket through which the frames of all Ethernet links pass, whatever their devices, another
/// one for those of 802.11 in monitor mode, and the news of what becomes of the devices. All of it
/// is opened before privileges are given up, and nothing later: frames are told apart, and sent, by
/// the number of the device.
public final class EthernetSocket {
  /// Bytes that the kernel may hold in each direction.
  private static var kernelBufferByteCount: Int32 { 1 << 20 }
  /// The same on the air, where the kernel has no other queue: some hundred full frames of its
  /// counting, 0.2 s at 6 Mbit/s.
  private static var airBufferByteCount: Int32 { 1 << 17 }
  /// No node has more links, of all kinds.
  private static var linkCountMax: Int { 64 }
  /// Below that many frames at a time a whole batch is not worth preparing.
  private static var fewFrames: Int { 8 }

  /// Can be read when frames are there.
  let descriptor: Int32
  /// The same on the air; −1 before `openAir`.
  private(set) var airDescriptor: Int32 = -1
  /// Can be read when a device has come, gone or changed.
  let news: Int32
  private let netlink: Int32
  /// Options that the system refused, each a message; taken by who logs.
  public private(set) var refused: [StaticString] = []
  /// Frames that the kernel had no room for or did not want, or whose device is away.
  public private(set) var lostCount: UInt64 = 0

  private var sending = FrameBatch()
  private var receiving = FrameBatch()
  private var wanted = EthernetSocket.fewFrames
  /// By the number of a link, its device.
  private let devices: UnsafeMutablePointer<Device>
  /// The last one received from, as most likely the next.
  private var recent: (device: UInt32, link: Int) = (0, 0)
  /// What is in `sending` goes out on the air.
  private var sendsOnAir = false
  /// Of the last frame that did.
  private var sequence: UInt16 = 0
  /// `Device.air` if what is in `receiving` came from there.
  private var medium: UInt32 = 0

  private struct Device {
    /// In a device's number, which has 31 bits: it is in monitor mode.
    static var air: UInt32 { 1 << 31 }

    /// 0: there is none.
    var number: UInt32 = 0
    var address = AirAddress()
  }

  /// A frame that came in, without its header.
  struct Arrival: ~Copyable {
    var frame: FrameBuffer
    var link: Int
    var source: LinkAddress
    /// True if it was for all, else for this machine alone.
    var isBroadcast: Bool
    /// How well it was heard on the air, in dBm; 0: unknown.
    var signal: Int8

    /// The frame alone.
    consuming func takeFrame() -> FrameBuffer { frame }
  }

  /// Opens it; nothing is received yet. `.permission` without CAP_NET_RAW.
  public init() throws(SystemError) {
    let descriptor = try checked(cs_ethernet_open(false))
    let news = cs_devices_watch()
    let netlink = cs_netlink_open()
    guard news >= 0, netlink >= 0 else {
      for opened in [descriptor, news, netlink] where opened >= 0 { cs_close(opened) }
      throw SystemError(min(news, netlink))
    }
    devices = .allocate(capacity: Self.linkCountMax)
    devices.initialize(repeating: Device(), count: Self.linkCountMax)
    self.descriptor = descriptor
    self.news = news
    self.netlink = netlink
    if cs_udp_set_buffers(descriptor, Self.kernelBufferByteCount) < 0 {
      refused.append("larger socket buffers are refused")
    }
  }

  deinit {
    devices.deallocate()
    for opened in [descriptor, airDescriptor, news, netlink] where opened >= 0 { cs_close(opened) }
  }

  /// Opens the one for devices in monitor mode, if it is not open; nothing is received yet.
  public func openAir() throws(SystemError) {
    if airDescriptor >= 0 { return }
    airDescriptor = try checked(cs_ethernet_open(true))
    cs_udp_set_buffers(airDescriptor, Self.airBufferByteCount)
  }

  /// Lets frames come from now on, from the air if `air`.
  func start(air: Bool) throws(SystemError) {
    try checked(cs_ethernet_start(air ? airDescriptor : descriptor, air))
  }

  /// The devices of this machine as they are now; what was news before is old.
  public func listDevices() -> [NetworkDevice] {
    cs_devices_drain(news)
    return NetworkDevice.all(netlink)
  }

  /// Lets link number `link` use the device of that number from now on; 0: none. With `air` the
  /// device is in monitor mode.
  public func assign(_ device: Int32, to link: Int, air: AirAddress? = nil) {
    precondition(link >= 0 && link < Self.linkCountMax)
    devices[link].number = UInt32(bitPattern: device)
    if let air, device != 0 {
      devices[link].number |= Device.air
      devices[link].address = air
    }
    recent = (0, 0)
  }

  /// Of what is sent on a link through the air, kbit/s; 0: the driver's.
  func bitRate(of link: Int) -> UInt32 { 500 * UInt32(devices[link].address.rate) }

  // MARK: The data path

  /// Takes a batch from the kernel, from the air if `air`; then `next` hands it out.
  func receive(pool: FramePool, air: Bool) {
    medium = air ? Device.air : 0
    receiving.receive(on: air ? airDescriptor : descriptor, wanted: wanted, pool: pool)
    // A busy link gets whole batches, an idle one does not pay for preparing them.
    wanted = receiving.count > Self.fewFrames / 2 ? FrameBatch.capacity : Self.fewFrames
  }

  /// Hands out the frames of the last `receive`; nil at the end.
  func next() -> Arrival? {
    while !receiving.isEmpty {
      var source = receiving.nextSource
      guard var frame = receiving.pop(), let link = link(of: source.scope | medium) else {
        continue
      }
      var kind = Int(source.port)
      var signal: Int8 = 0
      if medium != 0 {
        guard let header = try? AirHeader.pull(from: &frame, to: devices[link].address) else {
          continue
        }
        source = header.source
        kind = header.isBroadcast ? CS_FRAME_TO_ALL : CS_FRAME_TO_US
        signal = header.signal
      }
      // From no card, but a group of them: an answer would go to all of those.
      guard kind == CS_FRAME_TO_US || kind == CS_FRAME_TO_ALL, source.bytes[0] & 1 == 0,
        (try? EthernetHeader.pull(from: &frame)) != nil
      else { continue }
      source.scope = 0
      source.port = 0
      return Arrival(
        frame: frame, link: link, source: source, isBroadcast: kind == CS_FRAME_TO_ALL,
        signal: signal)
    }
    return nil
  }

  private func link(of device: UInt32) -> Int? {
    if device == recent.device, device != 0 { return recent.link }
    guard device & ~Device.air != 0 else { return nil }
    for link in 0..<Self.linkCountMax where devices[link].number == device {
      recent = (device, link)
      return link
    }
    return nil
  }

  /// Puts a frame into the batch that `flush` sends; sends it first if it is full.
  func send(_ frame: consuming FrameBuffer, to address: LinkAddress, on link: Int) {
    guard link >= 0, link < Self.linkCountMax, devices[link].number != 0,
      EthernetHeader.push(onto: &frame)
    else {
      lostCount += 1
      return
    }
    var address = address
    address.scope = devices[link].number & ~Device.air
    let air = address.scope != devices[link].number
    if air {
      sequence &+= 1
      let own = devices[link].address
      guard AirHeader.push(onto: &frame, to: address, from: own, sequence: sequence) else {
        lostCount += 1
        return
      }
    }
    if sending.isFull || air != sendsOnAir { flush() }
    sendsOnAir = air
    sending.append(frame, to: address)
  }

  func flush() {
    if sending.isEmpty { return }
    let count = sending.count
    lostCount += UInt64(
      count - sending.send(on: sendsOnAir ? airDescriptor : descriptor, trains: false))
  }
}
