import Bytes
import CSystem
import Wire

// Addresses, MTU and routes of the device. What is there already is no error, and what fails is a
// warning: somebody with more rights may have set it up (cjdroute.md, step N3).
extension TunDevice {
  /// What went wrong, for a message.
  public struct Trouble: Sendable {
    public var what: StaticString
    public var error: SystemError
  }

  /// Gives the device the node's `address` with a prefix of 8 bits, which makes the route to all
  /// nodes, and `mtu`, and brings it up.
  public func setUp(address: IPv6Address, mtu: Int) -> [Trouble] {
    var trouble: [Trouble] = []
    func note(_ result: Int32, _ what: StaticString) {
      if result < 0 { trouble.append(Trouble(what: what, error: SystemError(result))) }
    }
    let netlink = cs_netlink_open()
    note(netlink, "netlink cannot be opened")
    guard netlink >= 0 else { return trouble }
    defer { cs_close(netlink) }
    let index = interfaceIndex
    note(index, "the device has no number")
    guard index >= 0 else { return trouble }
    note(bringUp(mtu: mtu), "its MTU cannot be set, or it be brought up")
    var node = cs_address(.ipv6(address, port: 0))
    let isKnown = has(address)
    if !isKnown { note(cs_netlink_address(netlink, index, &node, 8), "its address cannot be set") }
    var network = FixedBytes<16>()
    network[0] = address.bytes[0]
    var all = cs_address(.ipv6(IPv6Address(network), port: 0))
    let routed = cs_netlink_route(netlink, index, &all, 8)
    // Who gave the device its address has most likely made the route with it.
    if !(isKnown && routed == CS_PERMISSION) { note(routed, "the route fc00::/8 cannot be set") }
    return trouble
  }

  /// True if IPv6 is switched off in the kernel or for this device.
  public var isIPv6Disabled: Bool {
    var text = name
    text.append(0)
    return text.withUnsafeBufferPointer { cs_ipv6_disabled($0.baseAddress) }
  }

  private var interfaceIndex: Int32 {
    var text = name
    text.append(0)
    return text.withUnsafeBufferPointer { cs_interface_index($0.baseAddress) }
  }

  private func bringUp(mtu: Int) -> Int32 {
    var text = name
    text.append(0)
    return text.withUnsafeBufferPointer { cs_interface_up($0.baseAddress, UInt32(mtu)) }
  }

  private func has(_ address: IPv6Address) -> Bool {
    NetworkInterface.all(.ipv6).contains {
      $0.name == name && $0.address == .ipv6(address, port: 0)
    }
  }
}
