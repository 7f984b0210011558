/// Where the packets of this machine enter and leave the network: `router.interface`.
public enum PacketInterface: Equatable, Sendable {
  /// Nowhere: the node only forwards for others.
  case none
  /// A TUN device of that name, which may be there already; nil: the system chooses a name.
  case tun(name: [UInt8]?)
}
