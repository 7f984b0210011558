import Admin
import Bytes
import Cryptography
import Settings
import Wire

/// An interface as the file has it, and the running node's number for it.
final class WantedInterface {
  enum Kind {
    case udp(UDPInterfaceConfiguration)
    case ethernet(EthernetInterfaceConfiguration)
    case radio
  }

  let kind: Kind
  let settings: [UInt8]
  let beacon: UInt8
  let peers: [ConfiguredPeer]
  /// -1: there is none.
  var number = -1

  @inline(never)
  init(_ kind: Kind, _ settings: [UInt8], beacon: UInt8, _ peers: [ConfiguredPeer]) {
    self.kind = kind
    self.settings = settings
    self.beacon = beacon
    self.peers = peers
  }

  @inline(never)
  static func list(_ configuration: Configuration) -> [WantedInterface] {
    var list: [WantedInterface] = []
    for one in configuration.udp {
      list.append(WantedInterface(.udp(one), one.settings, beacon: one.beacon, one.connectTo))
    }
    for one in configuration.ethernet where !one.isForAll {
      list.append(WantedInterface(.ethernet(one), one.settings, beacon: one.beacon, one.connectTo))
    }
    for one in configuration.wifi {
      list.append(WantedInterface(.radio, one.settings, beacon: one.beacon, one.connectTo))
    }
    return list
  }

  var name: [UInt8] { Configuration.name(ofSetting: settings) }

  /// How the node is told to connect to `peer`.
  @inline(never)
  func order(_ peer: ConfiguredPeer) -> AdminOrder {
    var order = AdminOrder("ETHInterface_beginConnection")
    var key: StaticString = "macAddress"
    if peer.address.isIP {
      order = AdminOrder("UDPInterface_beginConnection")
      key = "address"
    }
    order.put(key, Self.address(of: peer))
    order.put("interfaceNumber", number)
    order.put("keep", 1)
    order.put("login", peer.login)
    order.put("password", peer.password)
    order.put("peerName", peer.name)
    order.put("publicKey", Self.key(of: peer))
    order.put("version", Int(truncatingIfNeeded: peer.version))
    return order
  }

  /// True if `record` of the running node is a peer of this interface.
  @inline(never)
  func has(_ record: AdminAnswer) -> Bool {
    guard record.number("ifNum") == number else { return false }
    for peer in peers
    where Self.address(of: peer) == record.text("configured")
      && Self.key(of: peer) == Self.key(of: record)
    {
      return true
    }
    return false
  }

  /// As the node knows it: who connects to "any" means itself.
  @inline(never)
  private static func address(of peer: ConfiguredPeer) -> [UInt8] {
    let address = peer.address
    return Text.make("", address.isIP && address.isUnspecified ? address.loopback : address)
  }

  @inline(never)
  private static func key(of peer: ConfiguredPeer) -> [UInt8] {
    var text = ByteWriter()
    peer.key.appendText(to: &text)
    return text.bytes
  }

  /// The end of its node address.
  @inline(never)
  static func key(of record: AdminAnswer) -> [UInt8] { [UInt8](record.text("addr").suffix(54)) }
}
