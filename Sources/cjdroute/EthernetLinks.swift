import Bytes
import Drivers
import Peering
import Settings

/// All links over Ethernet.
final class EthernetLinks {
  /// The socket of them all.
  let socket: EthernetSocket
  var links: [EthernetLink] = []
  /// What each device gets that is not asked for by name; nil: nothing.
  var all: EthernetInterfaceConfiguration?

  init(_ socket: EthernetSocket) { self.socket = socket }

  func hasLink(of device: NetworkDevice) -> Bool {
    for link in links where link.device == device.index { return true }
    return false
  }
}
