import Bytes
import CSystem
import Wire

/// A network device of this machine that has a card's address, as the kernel lists it.
public struct NetworkDevice: Sendable {
  private static var countMax: Int { 256 }

  /// Its number, which it keeps for all its life, whatever its name.
  public var index: Int32
  public var name: [UInt8]
  public var mtu: UInt32
  /// True if it carries Ethernet frames.
  public var isEthernet: Bool
  public var isLoopback: Bool
  /// True if it belongs to a bridge or the like, which takes its frames.
  public var isPort: Bool
  /// True if it is switched on.
  public var isUp: Bool
  /// True if frames can pass: it is switched on, and has a carrier.
  public var isRunning: Bool

  init(_ device: cs_device) {
    index = device.index
    mtu = device.mtu
    isEthernet = device.ethernet
    isLoopback = device.loopback
    isPort = device.port
    isUp = device.up
    isRunning = device.up && device.running
    name = Self.name(device.name)
  }

  /// The bytes in front of a zero.
  static func name<Bytes: BitwiseCopyable>(_ text: Bytes) -> [UInt8] {
    withUnsafeBytes(of: text) { bytes in
      var name: [UInt8] = []
      for byte in bytes {
        if byte == 0 { break }
        name.append(byte)
      }
      return name
    }
  }

  /// All of them, asked for on a netlink socket.
  static func all(_ netlink: Int32) -> [NetworkDevice] {
    let list = UnsafeMutablePointer<cs_device>.allocate(capacity: countMax)
    defer { list.deallocate() }
    var result: [NetworkDevice] = []
    for i in 0..<max(0, Int(cs_devices(netlink, list, Int32(countMax)))) {
      result.append(NetworkDevice(list[i]))
    }
    return result
  }

  /// All of them.
  public static var all: [NetworkDevice] {
    let netlink = cs_netlink_open()
    guard netlink >= 0 else { return [] }
    defer { cs_close(netlink) }
    return all(netlink)
  }

  /// Switches the device `name` on, as who has the right to configure the network.
  public static func bringUp(_ name: [UInt8]) throws(SystemError) {
    var text = name
    text.append(0)
    try checked(text.withUnsafeBufferPointer { cs_interface_up($0.baseAddress, 0) })
  }
}
