import Bytes
import Drivers
import Peering
import Wire

/// A link of the node over Ethernet: what was asked for, and the device that serves it now.
final class EthernetLink {
  /// Of the node.
  let number: Int
  /// The name of the device to wait for while there is none; nil: the link was made for its device
  /// and goes with it.
  var wanted: [UInt8]?
  var mode: BeaconMode
  /// The device; 0: none.
  var device: Int32 = 0
  /// Its name, or the one that is wanted.
  var name: [UInt8]
  /// True while frames can pass.
  var isRunning = false
  /// If its device speaks as a part of the air, in monitor mode: as whom.
  var air: AirAddress?
  /// What was last said of it, so that it is said once.
  var said: Condition?

  /// What an operator should know about a device.
  enum Condition {
    case fine, missing, down, port, small
  }

  var isForAll: Bool { wanted == nil }

  /// True if its frames can go through `device`.
  func canUse(_ device: NetworkDevice) -> Bool { device.isEthernet || air != nil }

  init(number: Int, wanted: [UInt8]?, name: [UInt8], mode: BeaconMode, air: AirAddress?) {
    self.number = number
    self.wanted = wanted
    self.name = name
    self.mode = mode
    self.air = air
  }
}
