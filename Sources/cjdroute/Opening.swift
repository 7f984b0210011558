import Admin
import Bytes
import Drivers
import Node
import Peering
import Settings
import Wire

// What the configuration has opened.
extension Daemon {
  func open(_ interface: UDPInterfaceConfiguration) {
    let number: Int
    do throws(SystemError) {
      number = try openUDP(
        bind: interface.bind, dscp: interface.dscp, beaconPort: interface.beaconPort)
    } catch {
      Cjdroute.fail(.system, Self.udpTrouble(interface.bind, error))
    }
    loop.links[number]?.beaconDevices = interface.beaconDevices
    if let mode = BeaconMode(rawValue: interface.beacon), mode != .off,
      let trouble = setBeacon(link: number, mode: mode)
    {
      say(.error, trouble)
    }
    for peer in interface.connectTo { connect(peer, link: number) }
  }

  /// At the start: a peer that cannot be ends the process.
  func connect(_ peer: ConfiguredPeer, link: Int) {
    if let trouble = tryToConnect(peer, link: link) { Cjdroute.fail(.configuration, trouble) }
  }

  /// nil, or what went wrong.
  func tryToConnect(_ peer: ConfiguredPeer, link: Int) -> [UInt8]? {
    var address = peer.address
    if address.isIP, address.isUnspecified { address = address.loopback }
    do throws(PeeringError) {
      try loop.node.connect(
        link: link, address: address, key: peer.key, password: peer.password, login: peer.login,
        name: peer.name ?? [], version: peer.version, at: SystemClock.now, into: &loop.outbox)
      return nil
    } catch {
      return Text.make(
        "connectTo: ", peer.address,
        error == .full ? ": there are too many peers" : ": cannot be a peer on this interface")
    }
  }

  /// A link over UDP for the node and the admin interface.
  @inline(never)
  func openUDP(
    bind: LinkAddress, dscp: UInt8, beaconPort: UInt16
  ) throws(SystemError) -> Int {
    let link = try UDPLink(bind: bind, dscp: dscp, beaconPort: beaconPort)
    guard let number = loop.add(link) else { throw .tooBig }
    let opened = UDPInterfaceConfiguration()
    opened.bind = bind
    opened.dscp = dscp
    opened.beaconPort = beaconPort
    server.linkOpened(number, bound: link.bound, settings: opened.settings)
    for refused in link.refused {
      say(.info, Text.make("UDP ", link.bound, ": ", refused))
    }
    return number
  }

  static func udpTrouble(_ bind: LinkAddress, _ error: SystemError) -> [UInt8] {
    switch error {
    case .inUse:
      Text.make(
        "UDP port in use: another program has ", bind,
        "; change bind of this UDPInterface in cjdroute.conf")
    case .missing:
      Text.make("UDP: this machine does not have the address ", bind, "; change bind")
    case .permission:
      Text.make("UDP: no permission for ", bind, "; ports below 1024 are for root")
    case .unsupported:
      Text.make("UDP: the kernel cannot do ", bind, "; is IPv6 switched off? Remove this bind")
    case .tooBig: Text.make("UDP: there are too many interfaces to add ", bind)
    default: Text.make("UDP: cannot open ", bind, ": ", error.text)
    }
  }

  /// nil, or what went wrong.
  @inline(never)
  func setBeacon(link number: Int, mode: BeaconMode) -> [UInt8]? {
    for link in ethernet?.links ?? [] where link.number == number {
      setBeacon(link, mode)
      return nil
    }
    guard loop.links.indices.contains(number), let link = loop.links[number] else {
      return Text.make("there is no such interface")
    }
    if mode != .off {
      do throws(SystemError) {
        try loop.listenForBeacons(link: number)
      } catch {
        return Text.make(
          "beacons: cannot open the beacon port of ", link.bound, ": ", error.text)
      }
    }
    link.beaconTargets = link.findBeaconTargets(besides: loop.tun?.name ?? [])
    let isSet = loop.node.setBeacon(
      link: number, mode: mode, port: link.bound.port, targets: link.beaconTargets,
      at: SystemClock.now)
    return isSet ? nil : Text.make("there is no such interface")
  }

  /// Sends beacons to networks that have come since they were last looked for: a node that starts
  /// with the machine is often there before its addresses.
  func refreshBeacons() {
    for number in loop.links.indices {
      guard let link = loop.links[number], loop.node.beaconMode(link: number) == .send else {
        continue
      }
      let targets = link.findBeaconTargets(besides: loop.tun?.name ?? [])
      if targets.isEmpty || targets == link.beaconTargets { continue }
      if let trouble = setBeacon(link: number, mode: .send) { say(.warn, trouble) }
    }
  }

  /// Opens and sets up the device; without one the node still forwards for others.
  func openTun(_ name: [UInt8]) {
    if let trouble = replaceTun(name) {
      say(.warn, Text.make("", trouble, ". The node runs without a network device"))
    }
  }

  /// nil, or why there is no new device.
  func replaceTun(_ name: [UInt8]) -> [UInt8]? {
    loop.setTun(nil)
    do throws(TunDevice.Failure) {
      let tun = try TunDevice(name: name)
      loop.setTun(tun)
      setUp(tun)
      return nil
    } catch {
      return Self.tunTrouble(name, error)
    }
  }

  private func setUp(_ tun: TunDevice) {
    let trouble = tun.setUp(address: loop.node.address, mtu: NodeOptions().tunMTU)
    if tun.isIPv6Disabled {
      say(
        .warn,
        Text.make(
          "IPv6 is disabled on this machine, so ", tun.name,
          " has no address; enable it with: sysctl -w net.ipv6.conf.all.disable_ipv6=0"))
      return
    }
    if trouble.contains(where: { $0.error == .permission }) {
      var line = ByteWriter()
      line.append("TUN device ")
      line.append(tun.name)
      line.append(": no permission to set it up; let root do it: ip addr add ")
      loop.node.address.appendText(to: &line)
      line.append("/8 dev ")
      line.append(tun.name)
      line.append("; ip link set ")
      line.append(tun.name)
      line.append(" mtu ")
      line.append(decimal: UInt64(NodeOptions().tunMTU))
      line.append(" up")
      say(.warn, line.bytes)
      return
    }
    for trouble in trouble {
      say(
        .warn,
        Text.make("TUN device ", tun.name, ": ", trouble.what)
          + Text.make(" (", Text.make(trouble.error.text), ")"))
    }
    say(.info, Text.make("TUN device ", tun.name))
  }

  private static func tunTrouble(_ name: [UInt8], _ failure: TunDevice.Failure) -> [UInt8] {
    let device = name.isEmpty ? Text.make("a device") : Text.make("the device ", name)
    return switch failure {
    case .name:
      Text.make("TUN: '", name, "' cannot be the name of a device; use at most 15 letters")
    case .driver(.permission):
      Text.make(
        """
        TUN: no permission to open /dev/net/tun; start cjdroute as root (on a virtual server its \
        provider may have to allow TUN)
        """)
    case .driver(.missing), .driver(.unsupported):
      Text.make(
        """
        TUN: there is no /dev/net/tun; load it with 'modprobe tun', or make it with 'mkdir -p \
        /dev/net; mknod /dev/net/tun c 10 200'
        """)
    case .driver(let error): Text.make("TUN: cannot open /dev/net/tun: ", [], error.text)
    case .device(.permission):
      Text.make(
        "TUN: no permission for ", device,
        "; start cjdroute as root, or let root make one: ip tuntap add mode tun user YOU dev NAME")
    case .device(.inUse): Text.make("TUN: another program has ", device)
    case .device(.invalid): Text.make("TUN: ", device, " is no TUN device; choose another name")
    case .device(let error): Text.make("TUN: cannot make ", device, ": ", error.text)
    }
  }
}
