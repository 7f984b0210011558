/// An Ethernet link to open: an element of `interfaces.ETHInterface`.
public final class EthernetInterfaceConfiguration {
  /// The name of a device, or `all`.
  public var device: [UInt8]
  /// 0 off, 1 accept, 2 send and accept.
  public var beacon: UInt8
  public var connectTo: [ConfiguredPeer] = []

  init(device: [UInt8], beacon: UInt8) {
    self.device = device
    self.beacon = beacon
  }
}
