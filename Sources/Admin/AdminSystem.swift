import Bytes
import Node
import Peering
import Wire

// What the surroundings of the node have to do (admin.md 8.2, 8.3, 8.10): asked for with a token,
// answered when `finish` brings the result.
extension AdminServer {
  /// After this a request that was never finished may be displaced.
  private static var systemMilliseconds: UInt64 { 60_000 }
  private static var deviceCountMax: Int { 16 }
  private static var nameByteCountMax: Int { 256 }

  mutating func runSystem(
    _ function: AdminFunction, _ request: AdminRequest, _ call: AdminCall, node: borrowing Node
  ) {
    switch function {
    case .udpInterfaceNew: openUDP(request, call)
    case .udpInterfaceBeacon: beacon(request, call, node: node)
    case .udpInterfaceSetBroadcastDevices: setBeaconDevices(request, call)
    case .udpInterfaceGetBroadcastDevices:
      guard let link = udpLink(request, call) else { return }
      ask(.beaconDevices(link: link), function, call)
    case .udpInterfaceGetBroadcastAddrs:
      guard let link = udpLink(request, call) else { return }
      ask(.beaconAddresses(link: link), function, call)
    case .udpInterfaceListDevices: ask(.listDevices(withLoopback: false), function, call)
    case .ethInterfaceListDevices: ask(.listDevices(withLoopback: true), function, call)
    case .ethInterfaceNew, .ethInterfaceBeacon, .ethInterfaceBeginConnection:
      fail("This build has no Ethernet links; use UDPInterface functions.", call)
    case .securityChroot, .securityGetUser, .securityNofiles, .securityNoFiles2013,
      .securityNoforks, .securitySetUser, .securitySetupComplete, .securityCheckPermissions:
      runSecurity(function, request, call)
    case .coreInitTunnel: openTunnel(request, call)
    case .coreStopTun: ask(.closeTunnel, function, call)
    case .corePid: ask(.processId, function, call)
    case .coreExit:
      succeed(call)
      perform(.system(.exit, token: 0))
    default: ask(.memory, function, call)
    }
  }

  private mutating func ask(
    _ request: SystemRequest, _ function: AdminFunction, _ call: AdminCall,
    beacon: BeaconMode = .off
  ) {
    guard let token = keep(call, function, within: Self.systemMilliseconds, beacon: beacon)
    else { return }
    perform(.system(request, token: token))
  }

  private mutating func openTunnel(_ request: AdminRequest, _ call: AdminCall) {
    let name = request.text("desiredTunName")
    guard (name?.count ?? 0) <= Self.nameByteCountMax else {
      fail("desiredTunName is too long.", call)
      return
    }
    ask(.openTunnel(name: name), .coreInitTunnel, call)
  }

  private mutating func openUDP(_ request: AdminRequest, _ call: AdminCall) {
    var bind = LinkAddress.ipv4(0, 0, 0, 0, port: 0)
    if let text = request.text("bindAddress") {
      guard let address = LinkAddress(text: text.span), address.isIP else {
        fail("Failed to parse address", call)
        return
      }
      bind = address
    }
    guard let dscp = UInt8(exactly: request.integer("dscp") ?? 0), dscp < 64 else {
      fail("dscp must be from 0 to 63", call)
      return
    }
    guard let port = UInt16(exactly: request.integer("beaconPort") ?? 0) else {
      fail("beaconPort must be from 0 to 65535", call)
      return
    }
    ask(.openUDP(bind: bind, dscp: dscp, beaconPort: port), .udpInterfaceNew, call)
  }

  /// The number of an existing UDP link, or nil and an error.
  private mutating func udpLink(_ request: AdminRequest, _ call: AdminCall) -> Int? {
    let number = request.interfaceNumber
    guard links.contains(where: { $0.number == number && $0.bound.isIP }) else {
      fail("invalid interfaceNumber", call)
      return nil
    }
    return number
  }

  private mutating func setBeaconDevices(_ request: AdminRequest, _ call: AdminCall) {
    guard let link = udpLink(request, call) else { return }
    let devices = request.strings("devices") ?? []
    guard devices.count <= Self.deviceCountMax,
      devices.allSatisfy({ !$0.isEmpty && $0.count <= 63 })
    else {
      fail("devices must be at most 16 names or addresses of at most 63 characters", call)
      return
    }
    ask(.setBeaconDevices(link: link, devices), .udpInterfaceSetBroadcastDevices, call)
  }

  private mutating func beacon(
    _ request: AdminRequest, _ call: AdminCall, node: borrowing Node
  ) {
    guard let link = udpLink(request, call) else { return }
    guard let state = request.integer("state") else {
      answerBeacon(node.beaconMode(link: link) ?? .off, txid: call.txid, to: call.source)
      return
    }
    guard let raw = UInt8(exactly: state), let mode = BeaconMode(rawValue: raw) else {
      fail("invalid state", call)
      return
    }
    ask(.setBeacon(link: link, mode: mode), .udpInterfaceBeacon, call, beacon: mode)
  }

  private mutating func answerBeacon(_ mode: BeaconMode, txid: [UInt8], to source: LinkAddress) {
    let name: StaticString =
      switch mode {
      case .off: "disabled"
      case .accept: "accepting"
      case .send: "sending and accepting"
      }
    var reply = AdminReply(txid: txid)
    reply.append("error", "none")
    reply.append("state", Int64(mode.rawValue))
    reply.append("stateName", name)
    send(&reply, to: source)
  }

  private mutating func runSecurity(
    _ function: AdminFunction, _ request: AdminRequest, _ call: AdminCall
  ) {
    switch function {
    case .securitySetUser: setUser(request, call)
    case .securityGetUser:
      let name = request.text("user")
      guard (name?.count ?? 0) <= Self.nameByteCountMax else {
        fail("Could not find user [the name is too long]", call)
        return
      }
      ask(.user(name: name), function, call)
    case .securityChroot:
      let root = request.bytes("root") ?? []
      guard !root.isEmpty, !root.contains(0) else {
        fail("root must be the path of a folder", call)
        return
      }
      ask(.chroot(root), function, call)
    case .securityNoforks: ask(.forbidForks, function, call)
    case .securitySetupComplete: ask(.setupComplete, function, call)
    case .securityCheckPermissions: ask(.permissions, function, call)
    default: ask(.forbidFiles, function, call)
    }
  }

  private mutating func setUser(_ request: AdminRequest, _ call: AdminCall) {
    var group: UInt32?
    if let number = request.integer("gid") {
      guard let id = UInt32(exactly: number) else {
        fail("gid must be from 0 to 4294967295", call)
        return
      }
      group = id
    }
    let user: SystemUser
    if let number = request.integer("uid") {
      guard let id = UInt32(exactly: number) else {
        fail("uid must be from 0 to 4294967295", call)
        return
      }
      user = .id(id)
    } else {
      user = .name(request.text("user") ?? [])
    }
    ask(
      .setUser(user, group: group, keepNetAdmin: (request.integer("keepNetAdmin") ?? 0) != 0),
      .securitySetUser, call)
  }

  // MARK: Results

  /// Sends the reply that the result of a system request makes.
  mutating func answerSystem(_ call: PendingCall, _ result: SystemResult) {
    if call.function == .udpInterfaceBeacon, result == .ok {
      answerBeacon(call.beacon, txid: call.txid, to: call.source)
      return
    }
    var reply = AdminReply(txid: call.txid)
    switch result {
    case .ok: reply.append("error", "none")
    case .failed(let text): reply.append("error", Self.failure(text, of: call.function))
    case .number(let number):
      reply.append(call.function == .corePid ? "pid" : "bytes", Int64(clamping: number))
    case .link(let number, let bound):
      linkOpened(number, bound: bound)
      reply.key("bindAddress")
      reply.body.append(bound)
      reply.append("error", "none")
      reply.append("interfaceNumber", Int64(number))
    case .names(let names): putNames(names, call.function, into: &reply)
    case .addresses(let addresses):
      reply.key("addrs")
      reply.body.beginList()
      for address in addresses { reply.body.append(address) }
      reply.body.end()
      reply.append("error", "none")
    case .user(let name, let id, let group):
      reply.append("error", "none")
      reply.append("gid", Int64(group))
      reply.append("name", name)
      reply.append("uid", Int64(id))
    case .permissions(let noOpenFiles, let user):
      reply.append("error", "none")
      reply.append("noOpenFiles", noOpenFiles ? 1 : 0)
      // There is no system-call filter in this program; old clients look for its state.
      reply.append("seccompEnforcing", 0)
      reply.append("seccompExists", 0)
      reply.append("userId", Int64(user))
    }
    send(&reply, to: call.source)
  }

  private func putNames(
    _ names: [[UInt8]], _ function: AdminFunction, into reply: inout AdminReply
  ) {
    let isPlain = function == .udpInterfaceListDevices
    reply.key(isPlain ? "ret" : "devices")
    reply.body.beginList()
    for name in names { reply.body.append(name) }
    reply.body.end()
    if !isPlain { reply.append("error", "none") }
  }

  /// Error texts that clients know by their beginning.
  private static func failure(_ text: [UInt8], of function: AdminFunction) -> [UInt8] {
    var line = ByteWriter(limit: 1024)
    switch function {
    case .coreInitTunnel: line.append("Failed to configure tunnel [")
    case .securityGetUser: line.append("Could not find user [")
    default: return text
    }
    line.append(text)
    line.append("]")
    return line.bytes
  }
}
