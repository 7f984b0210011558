import Bytes
import CSystem
import Peering
import Wire

/// A radio of this machine on which a device of our own speaks 802.11 without an access point. The
/// kernel takes the device away, and the radio is as it was, when this object or the process ends.
public final class Radio {
  /// How the devices that hear each other find together.
  public enum Mode: UInt32, Sendable {
    /// One cell with a name, without order (ad hoc).
    case ibss = 1
    /// Frames as they are in the air, injected and received.
    case monitor = 6
    /// 802.11s: pairs of neighbours; forwarding is left to us.
    case mesh = 7
  }

  /// What is asked of it.
  public struct Order {
    /// The name of the radio, or of a device that it has.
    public var bind: [UInt8]
    public var mode: Mode
    /// MHz.
    public var frequency: UInt32
    /// 1 to 32 bytes: who has the same hears us.
    public var network: [UInt8]
    /// The same as an address.
    public var cell: FixedBytes<6>
    /// Of what is for all, 100 kbit/s; 0: the driver's.
    public var rate: UInt32
    /// dBm; nil: the driver's.
    public var power: Int32?

    public init(
      bind: [UInt8], mode: Mode, frequency: UInt32, network: [UInt8], cell: FixedBytes<6>,
      rate: UInt32, power: Int32?
    ) {
      self.bind = bind
      self.mode = mode
      self.frequency = frequency
      self.network = network
      self.cell = cell
      self.rate = rate
      self.power = power
    }
  }

  /// Why there is none.
  public enum Trouble: Error {
    /// The kernel knows no radios.
    case noDriver
    /// None of that name.
    case missing
    case permission
    /// The driver does not know the mode; 1 << `Mode` of each that it does.
    case mode(known: UInt32)
    /// The radio does not know the frequency.
    case frequency
    /// It may not be used where we are.
    case forbidden
    /// Nobody may begin to send on it.
    case passive
    /// It is shared with radars.
    case radar
    /// The device of that name has the radio; empty: it is not known which one.
    case inUse([UInt8])
    /// It is switched off (rfkill).
    case blocked
    case refused(SystemError)
  }

  private static var deviceCountMax: Int { 32 }
  private static var stationCountMax: Int { 256 }
  private static var namePattern: StaticString { "cjwifi%d" }

  private let descriptor: Int32
  private let family: UInt16
  private let number: UInt32
  /// Of our device.
  public let name: [UInt8]
  public let card: FixedBytes<6>
  private let device: UInt32
  /// Whether the driver took the power that was asked for.
  public private(set) var hasPower = true

  /// Makes our device and joins. Needs CAP_NET_ADMIN.
  public init(_ order: Order) throws(Trouble) {
    var family: UInt16 = 0
    let descriptor = cs_radio_open(&family)
    guard descriptor >= 0 else {
      throw descriptor == CS_MISSING ? .noDriver : .refused(SystemError(descriptor))
    }
    var made = cs_radio_device()
    var radio = cs_radio()
    radio.frequency = order.frequency
    do throws(Trouble) {
      try Self.find(order, descriptor, family, &radio)
      made = try Self.add(order, descriptor, family, radio)
    } catch {
      cs_close(descriptor)
      throw error
    }
    self.descriptor = descriptor
    self.family = family
    number = radio.number
    device = made.index
    name = NetworkDevice.name(made.name)
    var card = FixedBytes<6>()
    withUnsafeBytes(of: made.card) { for i in 0..<6 { card[i] = $0[i] } }
    self.card = card
    try begin(order, radio)
  }

  deinit { cs_close(descriptor) }

  private static func find(
    _ order: Order, _ descriptor: Int32, _ family: UInt16, _ radio: inout cs_radio
  ) throws(Trouble) {
    var name = order.bind
    name.append(0)
    let result = name.withUnsafeBufferPointer {
      cs_radio_find(descriptor, family, $0.baseAddress, &radio)
    }
    guard result >= 0 else {
      throw result == CS_MISSING ? .missing : .refused(SystemError(result))
    }
    guard radio.modes & (1 << order.mode.rawValue) != 0 else { throw .mode(known: radio.modes) }
    guard radio.known else { throw .frequency }
    if radio.disabled { throw .forbidden }
    if radio.radar { throw .radar }
    if radio.passive { throw .passive }
  }

  private static func add(
    _ order: Order, _ descriptor: Int32, _ family: UInt16, _ radio: cs_radio
  ) throws(Trouble) -> cs_radio_device {
    var request = cs_radio_order()
    request.radio = radio.number
    request.mode = order.mode.rawValue
    request.acknowledges = radio.acknowledges
    withUnsafeMutableBytes(of: &request.name) { copy(namePattern.span, to: $0) }
    var made = cs_radio_device()
    let result = cs_radio_add(descriptor, family, &request, &made)
    guard result >= 0 else {
      let error = SystemError(result)
      throw error == .permission ? .permission : .refused(error)
    }
    return made
  }

  /// Switches our device on and joins.
  private func begin(_ order: Order, _ radio: cs_radio) throws(Trouble) {
    do throws(SystemError) {
      try NetworkDevice.bringUp(name)
    } catch {
      throw trouble(error)
    }
    var request = cs_radio_order()
    request.device = device
    request.mode = order.mode.rawValue
    request.frequency = order.frequency
    // In a cell nothing tells the others that one of them has begun anew, and they would drop what
    // it sends until its numbers reach those of before: with 802.11n, which counts per neighbour.
    request.is_ht = radio.is_ht && order.mode != .ibss
    request.rate = order.rate
    withUnsafeMutableBytes(of: &request.cell) { copy(order.cell.span, to: $0) }
    withUnsafeMutableBytes(of: &request.network) { copy(order.network.span, to: $0) }
    request.network_count = UInt8(truncatingIfNeeded: order.network.count)
    if let power = order.power {
      request.power = 100 * power
      hasPower = cs_radio_do(descriptor, family, CS_RADIO_POWER, &request) >= 0
    }
    let kind = order.mode == .monitor ? CS_RADIO_TUNE : CS_RADIO_JOIN
    let result = cs_radio_do(descriptor, family, kind, &request)
    if result < 0 { throw trouble(SystemError(result)) }
  }

  private func trouble(_ error: SystemError) -> Trouble {
    switch error {
    case .permission: .permission
    case .blocked: .blocked
    case .inUse: .inUse(occupant())
    default: .refused(error)
    }
  }

  /// The name of a device that is switched on and has the radio too; empty: there is none.
  private func occupant() -> [UInt8] {
    let devices = UnsafeMutablePointer<cs_radio_device>.allocate(capacity: Self.deviceCountMax)
    defer { devices.deallocate() }
    let count = cs_radio_devices(descriptor, family, number, devices, Int32(Self.deviceCountMax))
    for device in NetworkDevice.all where device.isUp && device.name != name {
      for i in 0..<max(0, Int(count)) where Int32(bitPattern: devices[i].index) == device.index {
        return device.name
      }
    }
    return []
  }

  // MARK: Neighbours

  /// Lets the kernel forget the neighbour with that address, so that they meet anew. A mesh holds
  /// on to one that has begun anew, and does not let it in.
  public func part(from address: LinkAddress) {
    var request = cs_radio_order()
    request.device = device
    withUnsafeMutableBytes(of: &request.cell) { copy(address.bytes.span, to: $0) }
    cs_radio_do(descriptor, family, CS_RADIO_PART, &request)
  }

  /// Hands out what the kernel says of the neighbours of our device, at most 256 of them.
  public func forEachStation(_ take: (LinkAddress, RadioState) -> Void) {
    let stations = UnsafeMutablePointer<cs_radio_station>.allocate(capacity: Self.stationCountMax)
    defer { stations.deallocate() }
    let count = cs_radio_stations(
      descriptor, family, device, stations, Int32(Self.stationCountMax))
    for i in 0..<max(0, Int(count)) {
      let station = stations[i]
      var card = FixedBytes<6>()
      withUnsafeBytes(of: station.card) { for i in 0..<6 { card[i] = $0[i] } }
      take(
        .ethernet(card.span),
        RadioState(
          signal: station.signal, bitRate: 100 * min(station.bit_rate, .max / 100),
          throughput: station.throughput, sent: station.sent, retries: station.retries,
          failed: station.failed))
    }
  }
}

/// As much of `bytes` as there is room for.
private func copy(_ bytes: Span<UInt8>, to room: UnsafeMutableRawBufferPointer) {
  for i in 0..<min(bytes.count, room.count) { room[i] = bytes[i] }
}
