import Admin
import Bytes
import Drivers
import Settings
import Wire

/// Brings the node that runs in step with a file, through its admin interface: what the file no
/// longer has goes, what is new comes, and what is the same is not touched. Says each thing in a
/// line.
final class Reload {
  private let configuration: Configuration
  private let node: RunningNode
  private let interfaces: [WantedInterface]
  private var isQuiet = true
  private var status = ExitStatus.success

  /// Does it and ends. A file that is wrong changes nothing.
  static func run(_ text: [UInt8]) -> Never {
    var notes: [ConfigurationNote] = []
    let configuration = Startup.read(text, &notes, else: .system)
    for note in notes { Cjdroute.complain(note) }
    Process.exit(Reload(configuration).run().rawValue)
  }

  private init(_ configuration: Configuration) {
    self.configuration = configuration
    node = RunningNode(configuration)
    interfaces = WantedInterface.list(configuration)
  }

  /// `.system` if the node refused anything.
  private func run() -> ExitStatus {
    followSettings()
    let links = findInterfaces()
    followUsers()
    dropPeers()
    addPeers()
    for link in links where !link.isWanted && !link.settings.isEmpty {
      if link.beacon != 0 { setBeacon(link.number, 0, link.name) }
      say("needs a restart to be closed: ", link.name)
    }
    if isQuiet { say("nothing has changed") }
    return status
  }

  // MARK: What it says

  @inline(never)
  private func say(_ what: StaticString, _ name: [UInt8] = []) {
    isQuiet = false
    Process.write(Text.line(what, name))
  }

  /// Does it, and says so, or why not.
  @inline(never) @discardableResult
  private func carryOut(
    _ order: AdminOrder, _ what: StaticString, _ name: [UInt8]
  ) -> AdminAnswer? {
    let answer = node.call(order)
    guard let error = answer.error else {
      if what.span.count > 0 { say(what, name) }
      return answer
    }
    isQuiet = false
    status = .system
    Process.complain(Text.line("cjdroute: ", Text.make("", name, ": ") + error))
    return nil
  }

  /// Sees to it that something is there; the node says whether it was.
  @inline(never)
  private func keep(
    _ order: AdminOrder, _ new: StaticString, _ changed: StaticString, _ name: [UInt8]
  ) -> AdminAnswer? {
    guard let answer = carryOut(order, "", name) else { return nil }
    // none, changed, new
    switch answer.text("change").first {
    case UInt8(ascii: "c"): say(changed, name)
    case UInt8(ascii: "n"): if answer.text("change").count == 3 { say(new, name) }
    default: break
    }
    return answer
  }

  // MARK: What it does

  @inline(never)
  private func followSettings() {
    let answer = node.call(AdminOrder("Core_settings"))
    if let error = answer.error { Cjdroute.fail(.system, error) }
    let running = TextList(answer.elements("settings"))
    var names = TextList()
    for line in configuration.lastingSettings {
      names.append(Configuration.name(ofSetting: line))
      if !running.contains(line) { say("needs a restart: ", line) }
    }
    for interface in configuration.ethernet where interface.isForAll {
      let line = interface.settings
      names.append(Configuration.name(ofSetting: line))
      if !running.contains(line) { carryOut(Self.order(interface), "new settings: ", line) }
    }
    for line in running.texts {
      let name = Configuration.name(ofSetting: line)
      if !names.contains(name) { say("needs a restart to be closed: ", name) }
    }
  }

  @inline(never)
  private static func order(_ interface: EthernetInterfaceConfiguration) -> AdminOrder {
    let order = AdminOrder("ETHInterface_new")
    order.put("bindDevice", interface.device)
    order.put("network", interface.network)
    order.put("state", Int(interface.beacon))
    order.put("wait", 1)
    return order
  }

  /// Finds or opens the interfaces of the file; the node's, each marked if it is one of those.
  @inline(never)
  private func findInterfaces() -> [RunningLink] {
    var links: [RunningLink] = []
    for element in node.list("InterfaceController_interfaces", "ifaces") {
      links.append(RunningLink(AdminAnswer(element)))
    }
    for interface in interfaces {
      for link in links where !link.isWanted && interface.number < 0 && link.name == interface.name
      {
        link.isWanted = true
        interface.number = link.number
        follow(interface, link)
      }
      if interface.number < 0 { open(interface) }
    }
    // Those of all devices come and go, and are as they were told.
    for interface in configuration.ethernet where interface.isForAll {
      let name = Configuration.name(ofSetting: interface.settings)
      for link in links where link.name == name { link.isWanted = true }
    }
    return links
  }

  @inline(never)
  private func open(_ interface: WantedInterface) {
    switch interface.kind {
    case .udp(let udp):
      let order = AdminOrder("UDPInterface_new")
      order.put("beaconPort", Int(udp.beaconPort))
      order.put("bindAddress", Text.make("", udp.bind))
      order.put("dscp", Int(udp.dscp))
      open(interface, order)
      guard interface.number >= 0, udp.beacon != 0 else { return }
      setDevices(udp, interface)
      setBeacon(interface.number, udp.beacon, interface.name)
    case .ethernet(let ethernet): open(interface, Self.order(ethernet))
    case .radio: break
    }
  }

  @inline(never)
  private func open(_ interface: WantedInterface, _ order: AdminOrder) {
    guard let answer = carryOut(order, "new interface: ", interface.name) else { return }
    interface.number = answer.number("interfaceNumber")
  }

  @inline(never)
  private func follow(_ interface: WantedInterface, _ link: RunningLink) {
    var isSet = link.beacon == interface.beacon
    switch interface.kind {
    case .radio: break  // That has been said.
    default: if link.settings != interface.settings { say("needs a restart: ", interface.settings) }
    }
    if case .udp(let udp) = interface.kind, udp.beacon != 0 {
      let order = AdminOrder("UDPInterface_getBroadcastDevices")
      order.put("interfaceNumber", link.number)
      if node.call(order).elements("devices") != udp.beaconDevices {
        setDevices(udp, interface)
        isSet = false
      }
    }
    if !isSet { setBeacon(link.number, interface.beacon, interface.name) }
  }

  @inline(never)
  private func setDevices(_ udp: UDPInterfaceConfiguration, _ interface: WantedInterface) {
    let order = AdminOrder("UDPInterface_setBroadcastDevices")
    order.put("devices", udp.beaconDevices)
    order.put("interfaceNumber", interface.number)
    carryOut(order, "", interface.name)
  }

  @inline(never)
  private func setBeacon(_ number: Int, _ mode: UInt8, _ name: [UInt8]) {
    // One function for all kinds.
    let order = AdminOrder("UDPInterface_beacon")
    order.put("interfaceNumber", number)
    order.put("state", Int(mode))
    carryOut(order, "beacons: ", name)
  }

  @inline(never)
  private func followUsers() {
    // That of the beacons has its own switch.
    var kept = TextList([Text.make("Local Peers")])
    for user in configuration.users {
      let order = AdminOrder("AuthorizedPasswords_add")
      if let address = user.address {
        var text = ByteWriter()
        address.appendText(to: &text)
        order.put("ipv6", text.bytes)
      }
      order.put("keep", 1)
      order.put("password", user.password)
      order.put("user", user.login)
      let name = user.login ?? Text.make("an entry without a user")
      // What the node refuses is not taken away either.
      kept.append(keep(order, "new user: ", "changed user: ", name)?.text("user") ?? name)
    }
    for name in node.list("AuthorizedPasswords_list", "users") where !kept.contains(name) {
      let order = AdminOrder("AuthorizedPasswords_remove")
      order.put("user", name)
      carryOut(order, "removed user: ", name)
    }
  }

  @inline(never)
  private func dropPeers() {
    for element in node.list("InterfaceController_peerStats", "peers") {
      let record = AdminAnswer(element)
      let address = record.text("configured")
      var isWanted = address.isEmpty
      for interface in interfaces where interface.has(record) { isWanted = true }
      if isWanted { continue }
      let order = AdminOrder("InterfaceController_disconnectPeer")
      order.put("address", address)
      order.put("interfaceNumber", record.number("ifNum"))
      order.put("pubkey", WantedInterface.key(of: record))
      carryOut(order, "removed peer: ", address)
    }
  }

  @inline(never)
  private func addPeers() {
    for interface in interfaces where interface.number >= 0 {
      for peer in interface.peers {
        _ = keep(
          interface.order(peer), "new peer: ", "changed peer: ", Text.make("", peer.address))
      }
    }
  }
}
