import Admin
import Bytes
import Drivers
import Node
import Peering
import Settings
import Wire

// Links over Ethernet: opened at the start, then kept in step with the devices of the machine.
extension Daemon {
  /// A full packet of our own takes so many bytes of a frame; a device that carries less loses it.
  private static var frameByteCount: UInt32 { 1330 }

  /// Opens the socket, while there may be the right to; what fails matters only to who uses it.
  func openEthernet(_ interfaces: [EthernetInterfaceConfiguration]) {
    do throws(SystemError) {
      let opened = EthernetLinks(try EthernetSocket())
      ethernet = opened
      for interface in interfaces { open(interface, opened) }
      followDevices()
    } catch {
      ethernetError = error
      if !interfaces.isEmpty { say(.error, Self.ethernetTrouble(error)) }
    }
  }

  @inline(never) @discardableResult
  private func open(
    _ interface: EthernetInterfaceConfiguration, _ opened: EthernetLinks
  ) -> EthernetLink? {
    if interface.isForAll {
      opened.all = interface
      server.settings.append(interface.settings)
      return nil
    }
    do throws(SystemError) {
      try NetworkDevice.bringUp(interface.device)
    } catch {
      if error != .missing {
        say(
          .warn,
          Text.make(
            "Ethernet: cannot switch on ", interface.device,
            "; do it as root: ip link set NAME up: ", error.text))
      }
    }
    guard
      let link = addEthernetLink(
        interface.device, isWaitedFor: true, beacon: interface.beacon,
        settings: interface.settings, network: interface.network, opened)
    else { return nil }
    for peer in interface.connectTo { connect(peer, link: link.number) }
    return link
  }

  /// A link for the device of that name, for the admin interface.
  func openEthernet(device name: [UInt8]) -> SystemResult {
    guard let ethernet else { return .failed(Self.ethernetTrouble(ethernetError)) }
    for link in ethernet.links where link.name == name { return .device(link.number, name: name) }
    var isThere = false
    for device in ethernet.socket.listDevices() where device.name == name && device.isEthernet {
      isThere = true
    }
    guard isThere else { return .failed(Text.make("there is no Ethernet device ", name)) }
    let interface = EthernetInterfaceConfiguration(device: name, beacon: 0)
    guard
      let link = addEthernetLink(
        name, isWaitedFor: true, beacon: 0, settings: interface.settings, ethernet)
    else {
      return .failed(Text.make("there are too many interfaces"))
    }
    followDevices()
    return .device(link.number, name: name)
  }

  /// A link for a device that may come later, or for all that no other link names.
  @inline(never)
  func followEthernet(_ interface: EthernetInterfaceConfiguration) -> SystemResult {
    guard let ethernet else { return .failed(Self.ethernetTrouble(ethernetError)) }
    let isForAll = interface.isForAll
    var served: EthernetLink?
    for link in ethernet.links where link.isForAll && (isForAll || link.name == interface.device) {
      served = link
    }
    if let all = ethernet.all, isForAll || served != nil {
      guard all.network == interface.network else {
        return .failed(Text.make("another network needs a restart"))
      }
      if isForAll { server.settings.removeAll { $0 == all.settings } }
    }
    if isForAll {
      server.settings.append(interface.settings)
      ethernet.all = interface
      for link in ethernet.links where link.isForAll { setBeacon(link, interface.mode) }
      followDevices()
      return .ok
    }
    if let served {
      served.wanted = interface.device
      setBeacon(served, interface.mode)
      server.linkOpened(served.number, device: served.name, settings: interface.settings)
    } else {
      served = open(interface, ethernet)
      followDevices()
    }
    guard let served else { return .failed(Text.make("there are too many interfaces")) }
    return .device(served.number, name: served.name)
  }

  /// nil, after a line in the log, if there is no room for it.
  func addEthernetLink(
    _ name: [UInt8], isWaitedFor: Bool, beacon: UInt8, settings: [UInt8],
    network: [UInt8]? = nil, air: AirAddress? = nil, _ opened: EthernetLinks
  ) -> EthernetLink? {
    do throws(SystemError) {
      try loop.serve(opened.socket)
    } catch {
      say(.error, Self.ethernetTrouble(error))
      return nil
    }
    guard let number = loop.node.addLink(family: .ethernet, network: network) else {
      say(.warn, Text.make("Ethernet: there are too many interfaces to add ", name))
      return nil
    }
    let link = EthernetLink(
      number: number, wanted: isWaitedFor ? name : nil, name: name,
      mode: BeaconMode(rawValue: beacon) ?? .off, air: air)
    opened.links.append(link)
    setBeacon(link, link.mode)
    server.linkOpened(number, device: link.name, settings: settings)
    return link
  }

  @inline(never)
  func setBeacon(_ link: EthernetLink, _ mode: BeaconMode) {
    link.mode = mode
    var all = FixedBytes<6>()
    for i in 0..<6 { all[i] = 0xff }
    // Without a carrier nobody would hear it.
    loop.node.setBeacon(
      link: link.number, mode: mode, port: 0,
      targets: link.isRunning ? [.ethernet(all.span)] : [], at: SystemClock.now)
  }

  // MARK: Devices

  /// Brings the links in step with the devices as they are now.
  func followDevices() {
    guard let ethernet else { return }
    let devices = ethernet.socket.listDevices()
    for link in ethernet.links { follow(link, devices, ethernet) }
    ethernet.links.removeAll { link in
      guard link.device == 0, link.wanted == nil else { return false }
      loop.node.removeLink(link.number, at: SystemClock.now)
      server.linkClosed(link.number)
      return true
    }
    guard let all = ethernet.all else { return }
    for device in devices
    where device.isEthernet && !device.isPort && !ethernet.hasLink(of: device) {
      guard
        let link = addEthernetLink(
          device.name, isWaitedFor: false, beacon: all.beacon, settings: all.settings,
          network: all.network, ethernet)
      else { return }
      take(device, for: link, ethernet)
      follow(link, devices, ethernet)
    }
  }

  private func follow(_ link: EthernetLink, _ devices: [NetworkDevice], _ all: EthernetLinks) {
    var current: NetworkDevice?
    for device in devices where device.index == link.device && link.canUse(device) {
      current = device
    }
    // What serves all devices serves no port: its frames come by the bridge.
    if link.wanted == nil, let device = current, device.isPort { current = nil }
    if current == nil {
      if link.device != 0 {
        say(.info, Text.make("Ethernet: ", link.name, " is gone"))
        link.device = 0
        all.socket.assign(0, to: link.number)
      }
      for device in devices
      where device.name == link.wanted && link.canUse(device) && !all.hasLink(of: device) {
        take(device, for: link, all)
        current = device
      }
    }
    if let name = current?.name, name != link.name {
      say(
        .info, Text.make("Ethernet: ", link.name, " is now called ") + name)
      link.name = name
      server.linkOpened(link.number, device: name)
    }
    let isRunning = current.map { $0.isRunning && !$0.isPort } ?? false
    if isRunning != link.isRunning {
      link.isRunning = isRunning
      loop.node.setLink(link.number, isUp: isRunning, at: SystemClock.now, into: &loop.outbox)
      setBeacon(link, link.mode)
    }
    tell(link, current)
  }

  private func take(_ device: NetworkDevice, for link: EthernetLink, _ all: EthernetLinks) {
    link.device = device.index
    all.socket.assign(device.index, to: link.number, air: link.air)
  }

  /// Says what is wrong with a device, once.
  private func tell(_ link: EthernetLink, _ device: NetworkDevice?) {
    var condition = EthernetLink.Condition.fine
    if let device {
      if device.isPort {
        condition = .port
      } else if !device.isUp {
        condition = .down
      } else if device.mtu < Self.frameByteCount {
        condition = .small
      }
    } else {
      condition = .missing
    }
    guard condition != link.said else { return }
    link.said = condition
    switch condition {
    case .fine: say(.info, Text.make("Ethernet: link over ", link.name))
    case .missing:
      if link.wanted != nil {
        say(.warn, Text.make("Ethernet: there is no ", link.name, "; it is used when it comes"))
      }
    case .down:
      say(
        .warn,
        Text.make("Ethernet: ", link.name, " is switched off; switch it on: ip link set NAME up"))
    case .port:
      say(
        .warn,
        Text.make(
          "Ethernet: ", link.name, " is a port of a bridge, which takes its frames; bind the bridge"
        ))
    case .small:
      say(
        .warn,
        Text.make(
          "Ethernet: the MTU of ", link.name,
          " is too small for full packets; set 1500: ip link set NAME mtu 1500"))
    }
  }

  static func ethernetTrouble(_ error: SystemError) -> [UInt8] {
    switch error {
    case .permission:
      Text.make(
        """
        Ethernet: no permission for raw frames; start cjdroute as root, or give it the right once: \
        setcap cap_net_admin,cap_net_raw+ep cjdroute
        """)
    case .unsupported:
      Text.make("Ethernet: the kernel has no packet sockets; load them with 'modprobe af_packet'")
    default: Text.make("Ethernet: cannot open a packet socket: ", [], error.text)
    }
  }
}

extension EthernetInterfaceConfiguration {
  var mode: BeaconMode { BeaconMode(rawValue: beacon) ?? .off }
}
