import Bytes
import Cryptography
import Wire

/// `interfaces`: links and the peers behind them (cjdroute.md 3.4).
extension ConfigurationReader {
  static func readInterfaces(_ section: ConfigurationItem, _ configuration: Configuration) {
    nameUnknown(in: section, "UDPInterface ETHInterface WIFIInterface")
    for element in section["UDPInterface"].elements() {
      configuration.udp.append(udp(element.section(), configuration.identity))
    }
    for element in section["ETHInterface"].elements() {
      configuration.ethernet.append(ethernet(element.section(), configuration.identity))
    }
    for element in section["WIFIInterface"].elements() {
      configuration.wifi.append(wifi(element.section(), configuration.identity))
    }
  }

  private static func udp(
    _ section: ConfigurationItem, _ identity: Identity
  ) -> UDPInterfaceConfiguration {
    nameUnknown(in: section, "bind dscp beacon beaconDevices beaconPort connectTo")
    let interface = UDPInterfaceConfiguration()
    let beaconItem = section["beacon"]
    interface.beacon = beacon(beaconItem)
    let bind = section["bind"]
    if bind.isGiven {
      if let address = bind.linkAddress(), address.isIP {
        interface.bind = address
      } else {
        bind.failQuoting("' is no IP address with a port: write for example 0.0.0.0:12345")
      }
    }
    interface.dscp = UInt8(
      truncatingIfNeeded: section["dscp"].number(max: 63, "must be a number from 0 to 63"))
    interface.beaconPort = UInt16(
      truncatingIfNeeded: section["beaconPort"].number(
        max: 65535, "must be a port number from 1 to 65535"))
    for device in section["beaconDevices"].elements() {
      interface.beaconDevices.append(device.text(max: 63))
    }
    if interface.beacon != 0, interface.beaconPort == 0 || interface.beaconDevices.isEmpty {
      beaconItem.note(
        interface.beaconPort == 0
          ? "needs beaconPort: beacons stay off"
          : "needs beaconDevices, for example [ \"all\" ]: beacons stay off")
      interface.beacon = 0
    }
    for member in section["connectTo"].members() {
      let address = member.key.linkAddress() ?? LinkAddress()
      check(address, of: member.key, bind: interface.bind)
      interface.connectTo.append(peer(member.value, address, identity))
    }
    return interface
  }

  private static func ethernet(
    _ section: ConfigurationItem, _ identity: Identity
  ) -> EthernetInterfaceConfiguration {
    nameUnknown(in: section, "bind beacon network connectTo")
    let interface = EthernetInterfaceConfiguration(
      device: section.required("bind", "name a device, such as eth0, or all").text(max: 15),
      beacon: beacon(section["beacon"]))
    interface.network = section["network"].textIfGiven(
      max: EthernetInterfaceConfiguration.networkByteCountMax)
    if interface.isForAll, !section["connectTo"].isEmpty {
      section["connectTo"].note(
        "needs a bind other than all: nobody is connected to")
    }
    interface.connectTo = cards(section["connectTo"], identity)
    return interface
  }

  /// The peers in a section whose keys are addresses of cards.
  @inline(never) private static func cards(
    _ section: ConfigurationItem, _ identity: Identity
  ) -> [ConfiguredPeer] {
    var peers: [ConfiguredPeer] = []
    for member in section.members() {
      let address = member.key.linkAddress() ?? LinkAddress()
      if address.family != .ethernet {
        member.key.failQuoting("' is no Ethernet address: write it as 01:02:03:04:05:06")
      }
      peers.append(peer(member.value, address, identity))
    }
    return peers
  }

  private static func wifi(
    _ section: ConfigurationItem, _ identity: Identity
  ) -> WIFIInterfaceConfiguration {
    nameUnknown(in: section, "bind mode frequency network rate txPower beacon connectTo")
    let interface = WIFIInterfaceConfiguration(
      radio: section.required("bind", "name a radio, such as phy0, or its device, wlan0")
        .text(max: 31))
    interface.beacon = beacon(section["beacon"])
    let mode = section["mode"]
    if mode.isGiven {
      let text = mode.text()
      if text.isText("ibss") {
        interface.mode = .ibss
      } else if text.isText("monitor") {
        interface.mode = .monitor
      } else if !text.isText("mesh") {
        mode.fail("must be \"mesh\", \"ibss\" or \"monitor\"")
      }
    }
    let frequency = section.required("frequency", "write the MHz of a channel, such as 2412")
    let frequencyMessage: StaticString =
      "must be the MHz of a channel: 2412 for channel 1, 5180 for channel 36"
    interface.frequency = UInt32(
      truncatingIfNeeded: frequency.number(max: 100_000, frequencyMessage))
    if frequency.isGiven, interface.frequency < 500 { frequency.fail(frequencyMessage) }
    if let network = section["network"].textIfGiven(
      max: WIFIInterfaceConfiguration.networkByteCountMax)
    {
      interface.network = network
    }
    let rate = section["rate"]
    if rate.isGiven {
      // Those of 802.11b and g; the one that is no whole number is called by its whole part.
      let number = rate.integer()
      switch number {
      case 1, 2, 6, 9, 11, 12, 18, 24, 36, 48, 54: interface.rate = UInt32(number) * 10
      case 5: interface.rate = 55
      default: rate.fail("must be 1, 2, 5, 6, 9, 11, 12, 18, 24, 36, 48 or 54 Mbit/s")
      }
    }
    let power = section["txPower"]
    if power.isGiven {
      interface.power = Int32(
        truncatingIfNeeded: power.number(max: 40, "must be a number of dBm from 0 to 40"))
    }
    interface.connectTo = cards(section["connectTo"], identity)
    return interface
  }

  /// What to do about beacons; out of range is said and taken as off.
  @inline(never) private static func beacon(_ item: ConfigurationItem) -> UInt8 {
    let mode = item.integer()
    if mode >= 0, mode <= 2 { return UInt8(truncatingIfNeeded: mode) }
    item.note("must be 0 (off), 1 (accept) or 2 (send and accept): beacons stay off")
    return 0
  }

  private static func check(
    _ address: LinkAddress, of key: ConfigurationItem, bind: LinkAddress
  ) {
    if !key.text().contains(UInt8(ascii: ":")) || address.isIP && address.port == 0 {
      key.failQuoting("' has no port: write address:port, or [address]:port for IPv6")
    } else if !address.isIP {
      key.failQuoting(
        """
        ' is no address:port or [address]:port. Host names are not looked up: write the IP address
        """)
    } else if address.family != bind.family {
      key.fail(
        address.family == .ipv6
          ? "is an IPv6 address on an interface bound to IPv4: move it to one bound to [::]:port"
          : "is an IPv4 address on an interface bound to IPv6: move it to one bound to 0.0.0.0:port"
      )
    }
  }

  @inline(never) private static func peer(
    _ item: ConfigurationItem, _ address: LinkAddress, _ identity: Identity
  ) -> ConfiguredPeer {
    if !item.isSection { item.fail("must be a section in { } with password and publicKey") }
    let textMax = ConfiguredPeer.textByteCountMax
    let remedy: StaticString = "ask the peer's operator for it"
    let keyItem = item.required("publicKey", remedy)
    let key = publicKey(keyItem)
    if key == identity.publicKey { keyItem.fail("is this node's own key: write the peer's") }
    let peer = ConfiguredPeer(
      address: address, key: key, password: item.required("password", remedy).text(max: textMax))
    peer.login = item["login"].textIfGiven(max: textMax)
    let name = item["peerName"]
    if !name.isEmpty { peer.name = name.text(max: textMax) }
    peer.version = UInt32(
      truncatingIfNeeded: item["version"].number(
        max: Int64(UInt32.max), "must be a protocol version"))
    return peer
  }

  /// A key whose address begins with fc; all zero after an error.
  @inline(never) @discardableResult
  static func publicKey(_ item: ConfigurationItem) -> PublicKey {
    let text = item.text()
    do throws(KeyError) {
      let key = try PublicKey(text: text.span)
      guard key.isUsable else { throw .notInRange }
      return key
    } catch {
      let message: StaticString =
        switch error {
        case .wrongLength: "a public key has 54 characters, the last two are .k: copy it again"
        case .missingSuffix: "a public key ends with .k: copy it again"
        case .undecodable: "a character is wrong, a key has no a, e, i or o: copy it again"
        case .notInRange: "is no node's key, its address does not begin with fc: copy it again"
        }
      item.fail(message)
      return PublicKey(FixedBytes())
    }
  }
}
