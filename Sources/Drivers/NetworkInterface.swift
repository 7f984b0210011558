import Bytes
import CSystem
import Wire

/// An IP address of a network device of this machine.
public struct NetworkInterface: Sendable {
  private static var countMax: Int { 256 }

  public var name: [UInt8]
  public var isUp: Bool
  public var isLoopback: Bool
  public var address: LinkAddress
  /// Of the network that the address is in; family none if it has none.
  public var broadcast: LinkAddress

  /// One entry for each address of `family`, which is of IP.
  public static func all(_ family: LinkAddress.Family) -> [NetworkInterface] {
    let list = UnsafeMutablePointer<cs_interface>.allocate(capacity: countMax)
    defer { list.deallocate() }
    let count = cs_interfaces(family.rawValue, list, Int32(countMax))
    var result: [NetworkInterface] = []
    for i in 0..<max(0, Int(count)) {
      var name: [UInt8] = []
      withUnsafeBytes(of: list[i].name) {
        for byte in $0 {
          if byte == 0 { break }
          name.append(byte)
        }
      }
      result.append(
        NetworkInterface(
          name: name, isUp: list[i].up, isLoopback: list[i].loopback,
          address: list[i].address.linkAddress, broadcast: list[i].broadcast.linkAddress))
    }
    return result
  }

  /// The broadcast addresses of the networks on `devices`, with `port`. A device is named, or "all"
  /// stands for each, or it is a broadcast address with a port as text (links.md section 8.1).
  /// Neither loopback nor the node's own TUN device.
  public static func beaconTargets(
    devices: [[UInt8]], port: UInt16, besides tunDevice: [UInt8],
    among interfaces: [NetworkInterface] = NetworkInterface.all(.ipv4)
  ) -> [LinkAddress] {
    let all: [UInt8] = [UInt8(ascii: "a"), UInt8(ascii: "l"), UInt8(ascii: "l")]
    var targets: [LinkAddress] = []
    func add(_ target: LinkAddress) {
      if !targets.contains(target) { targets.append(target) }
    }
    for device in devices {
      if let address = LinkAddress(text: device.span), address.family == .ipv4, address.port != 0 {
        add(address)
        continue
      }
      for interface in interfaces
      where interface.isUp && !interface.isLoopback && interface.name != tunDevice
        && interface.broadcast.family == .ipv4 && (device == all || device == interface.name)
      {
        var target = interface.broadcast
        target.port = port
        add(target)
      }
    }
    return targets
  }
}
