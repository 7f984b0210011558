import Wire

/// A UDP socket to open and what to do with it: an element of `interfaces.UDPInterface`.
public final class UDPInterfaceConfiguration {
  /// An IP address; port 0: the system chooses.
  public var bind = LinkAddress.ipv4(0, 0, 0, 0, port: 0)
  /// 0 to 63.
  public var dscp: UInt8 = 0
  /// 0 off, 1 accept, 2 send and accept.
  public var beacon: UInt8 = 0
  /// Names of devices, broadcast addresses or `all`; not empty if `beacon` is not 0.
  public var beaconDevices: [[UInt8]] = []
  /// Not 0 if `beacon` is not 0.
  public var beaconPort: UInt16 = 0
  public var connectTo: [ConfiguredPeer] = []

  public init() {}
}
