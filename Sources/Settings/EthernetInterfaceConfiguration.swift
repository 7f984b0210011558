/// An Ethernet link to open: an element of `interfaces.ETHInterface`.
public final class EthernetInterfaceConfiguration {
  public static var networkByteCountMax: Int { 63 }

  /// The name of a device, or `all`.
  public let device: [UInt8]
  /// 0 off, 1 accept, 2 send and accept.
  public let beacon: UInt8
  /// By what name beacons keep to themselves; nil: none.
  public var network: [UInt8]?
  public var connectTo: [ConfiguredPeer] = []

  public init(device: [UInt8], beacon: UInt8) {
    self.device = device
    self.beacon = beacon
  }

  /// True if it is for each device that no other element names.
  public var isForAll: Bool { device == [UInt8(ascii: "a"), UInt8(ascii: "l"), UInt8(ascii: "l")] }
}
