import Bytes
import Cryptography
import Wire

/// `interfaces`: links and the peers behind them (cjdroute.md 3.4).
extension ConfigurationReader {
  mutating func udpInterfaces(
    _ list: [ConfigurationItem], _ identity: Identity
  ) throws(ConfigurationError) -> [UDPInterfaceConfiguration] {
    var interfaces: [UDPInterfaceConfiguration] = []
    for element in list {
      let section = try element.dict()
      nameUnknown(
        in: section, "bind dscp beacon beaconDevices beaconPort connectTo")
      let interface = UDPInterfaceConfiguration(
        bind: .ipv4(0, 0, 0, 0, port: 0), dscp: 0, beacon: try beacon(section["beacon"]),
        beaconDevices: [], beaconPort: 0, connectTo: [])
      if let item = section["bind"] {
        let text = try item.text()
        guard let address = LinkAddress(text: text.span), address.isIP else {
          throw item.error(
            "'", quoting: text, "' is no IP address with a port: write for example 0.0.0.0:12345")
        }
        interface.bind = address
      }
      if let item = section["dscp"] {
        interface.dscp = UInt8(try number(item, in: 0...63, "must be a number from 0 to 63"))
      }
      if let item = section["beaconPort"] {
        interface.beaconPort = UInt16(
          try number(item, in: 0...65535, "must be a port number from 1 to 65535"))
      }
      for device in try section.elements("beaconDevices") {
        interface.beaconDevices.append(try device.text(max: 63))
      }
      if let item = section["beacon"], interface.beacon != 0 {
        if interface.beaconPort == 0 {
          note(item, "needs beaconPort: beacons stay off")
          interface.beacon = 0
        } else if interface.beaconDevices.isEmpty {
          note(item, "needs beaconDevices, for example [ \"all\" ]: beacons stay off")
          interface.beacon = 0
        }
      }
      for member in try section.members("connectTo") {
        let address = try udpAddress(member, bind: interface.bind)
        interface.connectTo.append(try peer(member.item, address, identity))
      }
      interfaces.append(interface)
    }
    return interfaces
  }

  mutating func ethernetInterfaces(
    _ list: [ConfigurationItem], _ identity: Identity
  ) throws(ConfigurationError) -> [EthernetInterfaceConfiguration] {
    var interfaces: [EthernetInterfaceConfiguration] = []
    for element in list {
      let section = try element.dict()
      nameUnknown(in: section, "bind beacon connectTo")
      let interface = EthernetInterfaceConfiguration(
        device: try section.required("bind", "name a device, such as eth0, or all").text(max: 15),
        beacon: try beacon(section["beacon"]), connectTo: [])
      for member in try section.members("connectTo") {
        guard let address = member.address, address.family == .ethernet else {
          throw member.error(
            "'", quoting: member.key, "' is no Ethernet address: write it as 01:02:03:04:05:06")
        }
        interface.connectTo.append(try peer(member.item, address, identity))
      }
      interfaces.append(interface)
    }
    return interfaces
  }

  /// What to do about beacons; out of range is said and taken as off.
  private mutating func beacon(_ item: ConfigurationItem?) throws(ConfigurationError) -> UInt8 {
    guard let item else { return 0 }
    let mode = try item.integer()
    guard (0...2).contains(mode) else {
      note(item, "must be 0 (off), 1 (accept) or 2 (send and accept): beacons stay off")
      return 0
    }
    return UInt8(mode)
  }

  @inline(never) private func number(
    _ item: ConfigurationItem, in range: ClosedRange<Int64>, _ message: StaticString
  ) throws(ConfigurationError) -> Int64 {
    let number = try item.integer()
    guard range.contains(number) else { throw item.error(message) }
    return number
  }

  private func udpAddress(
    _ member: ConfigurationItem.Member, bind: LinkAddress
  ) throws(ConfigurationError) -> LinkAddress {
    guard member.key.contains(UInt8(ascii: ":")) else {
      throw member.error(
        "'", quoting: member.key,
        "' has no port: write address:port, or [address]:port for IPv6")
    }
    guard let address = member.address, address.isIP else {
      throw member.error(
        "'", quoting: member.key,
        "' is no address:port or [address]:port. Host names are not looked up: write the IP address"
      )
    }
    guard address.port != 0 else {
      throw member.error(
        "'", quoting: member.key,
        "' has no port: write address:port, or [address]:port for IPv6")
    }
    guard address.family == bind.family else {
      throw member.error(
        address.family == .ipv6
          ? "is an IPv6 address on an interface bound to IPv4: move it to one bound to [::]:port"
          : "is an IPv4 address on an interface bound to IPv6: move it to one bound to 0.0.0.0:port"
      )
    }
    return address
  }

  private func peer(
    _ item: ConfigurationItem, _ address: LinkAddress, _ identity: Identity
  ) throws(ConfigurationError) -> ConfiguredPeer {
    guard case .dict = item.value.content else {
      throw item.error("must be a section in { } with password and publicKey")
    }
    let textMax = ConfiguredPeer.textByteCountMax
    let keyItem = try item.required("publicKey", "ask the peer's operator for it")
    let key = try publicKey(keyItem)
    guard key != identity.publicKey else {
      throw keyItem.error("is this node's own key: write the peer's")
    }
    let peer = ConfiguredPeer(
      address: address, key: key,
      password: try item.required("password", "ask the peer's operator for it").text(max: textMax),
      login: nil, name: nil, version: 0)
    peer.login = try item.text("login", max: textMax)
    if let name = item["peerName"], !name.isEmpty { peer.name = try name.text(max: textMax) }
    if let version = item["version"] {
      peer.version = UInt32(
        try number(version, in: 0...Int64(UInt32.max), "must be a protocol version"))
    }
    return peer
  }

  /// A key whose address begins with fc.
  @inline(never) func publicKey(_ item: ConfigurationItem) throws(ConfigurationError) -> PublicKey {
    let text = try item.text()
    do throws(KeyError) {
      let key = try PublicKey(text: text.span)
      guard key.isUsable else { throw .notInRange }
      return key
    } catch {
      switch error {
      case .wrongLength:
        throw item.error("a public key has 54 characters, the last two are .k: copy it again")
      case .missingSuffix: throw item.error("a public key ends with .k: copy it again")
      case .undecodable:
        throw item.error("a character is wrong, a key has no a, e, i or o: copy it again")
      case .notInRange:
        throw item.error("is no node's key, its address does not begin with fc: copy it again")
      }
    }
  }
}
