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

  @inline(never)
  mutating func ask(_ request: SystemRequest, _ call: AdminCall) throws(AdminFailure) {
    try keep(call, within: Self.systemMilliseconds)
    perform(.system(request, token: call.token))
  }

  mutating func exit(_ call: AdminCall) {
    succeed(call)
    perform(.system(.exit, token: 0))
  }

  /// The name at `key`; nil if there is none.
  @inline(never)
  static func name(
    _ key: StaticString, of request: borrowing AdminRequest, _ failure: StaticString
  ) throws(AdminFailure) -> [UInt8]? {
    let name = request.text(key)
    guard name.map({ $0.count <= nameByteCountMax }) ?? true else { throw AdminFailure(failure) }
    return name
  }

  mutating func openUDP(
    _ request: borrowing AdminRequest, _ call: AdminCall
  ) throws(AdminFailure) {
    var bind = LinkAddress.ipv4(0, 0, 0, 0, port: 0)
    let text = request.span("bindAddress")
    if !text.isEmpty {
      guard let address = LinkAddress(text: text), address.isIP else {
        throw AdminFailure("Failed to parse address")
      }
      bind = address
    }
    let dscp = try request.number("dscp", max: 63, "dscp must be from 0 to 63")
    let port = try request.number(
      "beaconPort", max: 65535, "beaconPort must be from 0 to 65535")
    try ask(
      .openUDP(
        bind: bind, dscp: UInt8(truncatingIfNeeded: dscp),
        beaconPort: UInt16(truncatingIfNeeded: port)), call)
  }

  @inline(never)
  mutating func openEthernet(
    _ request: borrowing AdminRequest, _ call: AdminCall
  ) throws(AdminFailure) {
    let device = request.bytes("bindDevice")
    guard request.integer("wait") == 1 else {
      try ask(.openEthernet(device: device), call)
      return
    }
    let state = try request.number("state", max: 2, "invalid state")
    let network = request.text("network")
    guard device.count <= 15, network?.count ?? 0 <= 63,
      let mode = BeaconMode(rawValue: UInt8(truncatingIfNeeded: state))
    else { throw AdminFailure("bindDevice or network is too long") }
    try ask(.followEthernet(device: device, network: network, beacon: mode), call)
  }

  /// The number of the UDP link that `request` is about.
  @inline(never)
  func udpLink(_ request: borrowing AdminRequest) throws(AdminFailure) -> Int {
    let number = request.interfaceNumber
    guard let link = link(number), link.bound.isIP else {
      throw AdminFailure(Self.invalidInterface)
    }
    return number
  }

  mutating func setBeaconDevices(
    _ request: borrowing AdminRequest, _ call: AdminCall
  ) throws(AdminFailure) {
    let link = try udpLink(request)
    let devices = request.strings("devices")
    var areGood = devices.count <= Self.deviceCountMax
    for device in devices where device.isEmpty || device.count > 63 { areGood = false }
    guard areGood else {
      throw AdminFailure(
        "devices must be at most 16 names or addresses of at most 63 characters")
    }
    try ask(.setBeaconDevices(link: link, devices), call)
  }

  mutating func beacon(
    _ request: borrowing AdminRequest, _ call: AdminCall, node: borrowing Node
  ) throws(AdminFailure) {
    let link = request.interfaceNumber
    guard self.link(link) != nil else { throw AdminFailure(Self.invalidInterface) }
    guard let state = request.integer("state") else {
      call.beacon = node.beaconMode(link: link) ?? .off
      answerBeacon(call)
      return
    }
    guard let raw = UInt8(exactly: state), let mode = BeaconMode(rawValue: raw) else {
      throw AdminFailure("invalid state")
    }
    call.beacon = mode
    try ask(.setBeacon(link: link, mode: mode), call)
  }

  private mutating func answerBeacon(_ call: AdminCall) {
    let name: StaticString =
      switch call.beacon {
      case .off: "disabled"
      case .accept: "accepting"
      case .send: "sending and accepting"
      }
    let reply = AdminReply(call, "error state stateName")
    reply.put("none")
    reply.put(Int(call.beacon.rawValue))
    reply.put(name)
    send(reply)
  }

  mutating func confine(
    _ request: borrowing AdminRequest, _ call: AdminCall
  ) throws(AdminFailure) {
    let root = request.bytes("root")
    guard !root.isEmpty, !root.contains(0) else {
      throw AdminFailure("root must be the path of a folder")
    }
    try ask(.chroot(root), call)
  }

  mutating func setUser(
    _ request: borrowing AdminRequest, _ call: AdminCall
  ) throws(AdminFailure) {
    let group = try request.number(
      "gid", max: Int64(UInt32.max), "gid must be from 0 to 4294967295")
    let user = try request.number(
      "uid", max: Int64(UInt32.max), "uid must be from 0 to 4294967295")
    try ask(
      .setUser(
        request.integer("uid") != nil
          ? .id(UInt32(truncatingIfNeeded: user)) : .name(request.bytes("user")),
        group: request.integer("gid") != nil ? UInt32(truncatingIfNeeded: group) : nil,
        keepNetAdmin: (request.integer("keepNetAdmin") ?? 0) != 0), call)
  }

  // MARK: Results

  /// Sends the reply that the result of a system request makes.
  mutating func answerSystem(_ call: AdminCall, _ result: SystemResult) {
    let reply: AdminReply
    switch result {
    case .ok:
      switch call.function {
      case .udpInterfaceBeacon, .ethInterfaceBeacon: answerBeacon(call)
      default: succeed(call)
      }
      return
    case .failed(let text):
      reply = AdminReply(call, "error")
      reply.put(Self.failure(text, of: call.function))
    case .number(let number):
      reply = AdminReply(call, call.function == .corePid ? "pid" : "bytes")
      reply.put(number)
    case .link(let number, let bound):
      linkOpened(number, bound: bound)
      reply = AdminReply(call, "bindAddress error interfaceNumber")
      reply.put(bound)
      reply.put("none")
      reply.put(number)
    case .device(let number, let name):
      linkOpened(number, device: name)
      reply = AdminReply(call, "error interfaceNumber")
      reply.put("none")
      reply.put(number)
    case .names(let names):
      let isPlain = call.function == .udpInterfaceListDevices
      reply = AdminReply(call, isPlain ? "ret" : "devices error")
      reply.beginList()
      for name in names { reply.put(name) }
      reply.end()
      if !isPlain { reply.put("none") }
    case .addresses(let addresses):
      reply = AdminReply(call, "addrs error")
      reply.beginList()
      for address in addresses { reply.put(address) }
      reply.end()
      reply.put("none")
    case .user(let name, let id, let group):
      reply = AdminReply(call, "error gid name uid")
      reply.put("none")
      reply.put(group)
      reply.put(name)
      reply.put(id)
    case .permissions(let noOpenFiles, let user):
      // There is no system-call filter in this program; old clients look for its state.
      reply = AdminReply(call, "error noOpenFiles seccompEnforcing seccompExists userId")
      reply.put("none")
      reply.put(noOpenFiles)
      reply.put(0)
      reply.put(0)
      reply.put(user)
    }
    send(reply)
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
