import Admin
import Bytes
import Drivers
import Node
import Peering
import Settings
import Wire

// What the admin interface has the surroundings do.
extension Daemon {
  func run(_ request: SystemRequest) -> SystemResult {
    switch request {
    case .openUDP(let bind, let dscp, let beaconPort):
      return openUDP(bind, dscp, beaconPort)
    case .openEthernet(let device): return openEthernet(device: device)
    case .followEthernet(let device, let network, let mode):
      let interface = EthernetInterfaceConfiguration(device: device, beacon: mode.rawValue)
      interface.network = network
      return followEthernet(interface)
    case .setBeacon(let link, let mode):
      return Self.result(setBeacon(link: link, mode: mode))
    case .setBeaconDevices(let number, let devices): return setBeaconDevices(number, devices)
    case .beaconDevices(let number):
      guard let link = link(number) else { return Self.noLink }
      return .names(link.beaconDevices)
    case .beaconAddresses(let number):
      guard let link = link(number) else { return Self.noLink }
      return .addresses(link.findBeaconTargets(besides: loop.tun?.name ?? []))
    case .listDevices(let withLoopback): return .names(Self.devices(withLoopback))
    case .openTunnel(let name): return Self.result(replaceTun(name ?? []))
    case .closeTunnel:
      guard loop.tun != nil else { return .failed(Text.make("no tun currently configured")) }
      loop.setTun(nil)
      return .ok
    case .setUser, .user, .chroot, .forbidFiles, .forbidForks: return runSecurity(request)
    case .setupComplete: return .ok
    case .permissions:
      return .permissions(
        noOpenFiles: Privileges.filesAreForbidden, user: Privileges.currentUser.id)
    case .processId: return .number(Process.identifier)
    case .memory: return .number(Process.residentByteCount)
    case .exit:
      isEnding = true
      return .ok
    }
  }

  private static var noLink: SystemResult { .failed(Text.make("there is no such interface")) }

  private static func result(_ trouble: [UInt8]?) -> SystemResult {
    if let trouble { .failed(trouble) } else { .ok }
  }

  private func link(_ number: Int) -> UDPLink? {
    loop.links.indices.contains(number) ? loop.links[number] : nil
  }

  private func openUDP(
    _ bind: LinkAddress, _ dscp: UInt8, _ beaconPort: UInt16
  ) -> SystemResult {
    do throws(SystemError) {
      let number = try openUDP(bind: bind, dscp: dscp, beaconPort: beaconPort)
      return .link(number, bound: link(number)?.bound ?? bind)
    } catch {
      return .failed(Self.udpTrouble(bind, error))
    }
  }

  private func setBeaconDevices(_ number: Int, _ devices: [[UInt8]]) -> SystemResult {
    guard let link = link(number) else { return Self.noLink }
    link.beaconDevices = devices
    guard let mode = loop.node.beaconMode(link: number), mode != .off else { return .ok }
    return Self.result(setBeacon(link: number, mode: mode))
  }

  private static func devices(_ withLoopback: Bool) -> [[UInt8]] {
    var names: [[UInt8]] = []
    if withLoopback {
      for device in NetworkDevice.all where device.isEthernet || device.isLoopback {
        names.append(device.name)
      }
      return names
    }
    for interface in NetworkInterface.all(.ipv4)
    where !interface.isLoopback && !names.contains(interface.name) {
      names.append(interface.name)
    }
    return names
  }

  private func runSecurity(_ request: SystemRequest) -> SystemResult {
    do throws(SystemError) {
      switch request {
      case .setUser(let wanted, let group, let keepNetAdmin):
        var user =
          switch wanted {
          case .id(let id): Privileges.User(id: id, group: group ?? id)
          case .name(let name): try Privileges.user(named: name)
          }
        if let group { user.group = group }
        try Privileges.become(user, keepNetAdmin: keepNetAdmin)
      case .user(let name):
        let user = if let name { try Privileges.user(named: name) } else { Privileges.currentUser }
        return .user(name: user.name, id: user.id, group: user.group)
      case .chroot(let path): try Privileges.confine(to: path)
      case .forbidFiles: try Privileges.forbidFiles()
      default: try Privileges.forbidForks()
      }
      return .ok
    } catch {
      return .failed(Text.make(error.text))
    }
  }
}
