import Bytes
import Drivers
import Node
import Settings
import Wire

// Links through the air: radios are set up, then their devices are links over Ethernet.
extension Daemon {
  /// Sets up what the configuration asks for, while there may be the right to.
  func openRadios(_ interfaces: [WIFIInterfaceConfiguration]) {
    guard !interfaces.isEmpty else { return }
    guard let ethernet else {
      say(.error, Self.ethernetTrouble(ethernetError))
      return
    }
    for interface in interfaces {
      if interface.mode == .monitor {
        do throws(SystemError) {
          try ethernet.socket.openAir()
        } catch {
          say(.error, Self.ethernetTrouble(error))
          continue
        }
      }
      radios.append(RadioLink(interface))
    }
    followRadios()
  }

  /// Sets up those that have come since.
  func followRadios() {
    guard let ethernet else { return }
    for link in radios where link.isWaiting {
      link.radio = nil
      do throws(Radio.Trouble) {
        let radio = try Radio(Self.order(link.interface))
        link.radio = radio
        link.trouble = nil
        if !radio.hasPower {
          say(.warn, Text.make("WIFI: the driver of ", link.interface.radio, " refuses txPower"))
        }
        follow(link, radio, ethernet)
      } catch {
        if link.trouble == nil { say(.error, Self.text(error, link.interface.radio)) }
        link.trouble = error
      }
    }
  }

  private func follow(_ radio: RadioLink, _ opened: Radio, _ ethernet: EthernetLinks) {
    let interface = radio.interface
    let air =
      interface.mode != .monitor
      ? nil
      : AirAddress(
        own: opened.card, bssid: interface.cell, rate: UInt8(clamping: interface.rate / 5))
    if let link = radio.link {
      link.wanted = opened.name
      link.air = air
    } else {
      guard
        let link = addEthernetLink(
          opened.name, isWaitedFor: true, beacon: interface.beacon,
          settings: interface.settings, air: air, ethernet)
      else { return }
      radio.link = link
      // The node may have run for long when a radio comes, and goes on.
      for peer in interface.connectTo {
        if let trouble = tryToConnect(peer, link: link.number) { say(.error, trouble) }
      }
    }
    followDevices()
  }

  private static func order(_ interface: WIFIInterfaceConfiguration) -> Radio.Order {
    let mode: Radio.Mode =
      switch interface.mode {
      case .mesh: .mesh
      case .ibss: .ibss
      case .monitor: .monitor
      }
    return Radio.Order(
      bind: interface.radio, mode: mode, frequency: interface.frequency,
      network: interface.network, cell: interface.cell, rate: interface.rate,
      power: interface.power)
  }

  /// Passes on what the radios say of the neighbours. A mesh lets go of those that are silent.
  func readStations() {
    for radio in radios {
      guard let link = radio.link, link.isRunning, let opened = radio.radio else { continue }
      opened.forEachStation { address, state in
        let isSilent = loop.node.setRadio(state, of: address, on: link.number)
        if isSilent, radio.interface.mode == .mesh { opened.part(from: address) }
      }
    }
  }

  private static func text(_ trouble: Radio.Trouble, _ name: [UInt8]) -> [UInt8] {
    switch trouble {
    case .noDriver:
      return Text.make(
        "WIFI: this kernel knows no radios; load the driver of ", name, ", or 'modprobe cfg80211'")
    case .missing:
      return Text.make(
        "WIFI: there is no radio and no device ", name,
        "; it is used when it comes ('iw dev' lists those that are there)")
    case .permission:
      return Text.make(
        "WIFI: no permission to set up ", name,
        "; start cjdroute as root, or give it the right once: ",
        "setcap cap_net_admin,cap_net_raw+ep cjdroute")
    case .mode(let known):
      var line = ByteWriter()
      line.append("WIFI: the driver of ")
      line.append(name)
      line.append(" does not know that mode, but these:")
      if known & (1 << Radio.Mode.mesh.rawValue) != 0 { line.append(" mesh") }
      if known & (1 << Radio.Mode.ibss.rawValue) != 0 { line.append(" ibss") }
      if known & (1 << Radio.Mode.monitor.rawValue) != 0 { line.append(" monitor") }
      line.append("; change mode")
      return line.bytes
    case .frequency:
      return Text.make(
        "WIFI: ", name,
        " does not have that frequency; change it to one that 'iw phy' lists for it")
    case .forbidden:
      return Text.make(
        "WIFI: the frequency of ", name,
        " is not allowed in this country; set yours ('iw reg set XX'), or change frequency")
    case .passive:
      return Text.make(
        "WIFI: on the frequency of ", name,
        " nobody may begin to send in this country; set yours (iw reg set XX), or change frequency"
      )
    case .radar:
      return Text.make(
        "WIFI: the frequency of ", name,
        " is shared with radars, which are not looked for; change frequency")
    case .inUse(let other):
      if other.isEmpty {
        return Text.make("WIFI: the radio of ", name, " is in use; end what uses it")
      }
      return Text.make("WIFI: the radio of ", name, " is used by ")
        + Text.make("", other, "; switch that off: ip link set NAME down")
    case .blocked:
      return Text.make("WIFI: ", name, " is switched off; switch it on: rfkill unblock wifi")
    case .refused(let error):
      return Text.make(
        "WIFI: ", name, " refuses (change frequency, mode or rate): ", error.text)
    }
  }
}
