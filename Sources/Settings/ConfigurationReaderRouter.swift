import Bytes
import Cryptography

/// `router` and `security` (cjdroute.md 3.5 and 3.6).
extension ConfigurationReader {
  mutating func router(
    _ section: ConfigurationItem
  ) throws(ConfigurationError) -> PacketInterface {
    nameUnknown(
      in: section, "interface ipTunnel supernodes dnsSeeds publicPeer")
    nameInert(in: section, InertKey.router)
    for key in try section.elements("supernodes") { _ = try publicKey(key) }
    for name in try section.elements("dnsSeeds") { _ = try name.text() }
    try check(tunnel: section.dict("ipTunnel"))
    return try packetInterface(section.dict("interface"))
  }

  private mutating func packetInterface(
    _ section: ConfigurationItem
  ) throws(ConfigurationError) -> PacketInterface {
    nameUnknown(
      in: section, "type tunDevice tunfd socketFullPath socketAttemptToCreate")
    guard let item = section["type"] else { return .none }
    let type = try item.text()
    if type.isText("SocketInterface") {
      _ = try section.required("socketFullPath", "SocketInterface needs the path of a socket")
        .text(max: 107)
      note(item, InertKey.socketInterface)
      return .none
    }
    guard type.isText("TUNInterface") else {
      note(
        item, "'", quoting: type, "' is not TUNInterface: the node only forwards for others")
      return .none
    }
    guard let device = section["tunDevice"] else { return .tun(name: nil) }
    let name = try device.text()
    if let descriptor = section["tunfd"] {
      note(descriptor, "is no longer used, and tunDevice not with it: there is no TUN device")
      return .none
    }
    guard name.count <= 15 else {
      note(device, "a device's name has at most 15 characters: there is no TUN device")
      return .none
    }
    return .tun(name: name.isEmpty ? nil : name)
  }

  /// Nothing of it is used yet, but what is wrong is said before the day it is.
  private func check(tunnel: ConfigurationItem) throws(ConfigurationError) {
    for element in try tunnel.elements("allowedConnections") {
      let client = try element.dict()
      _ = try publicKey(client.required("publicKey", "write the key of the node that may use it"))
      guard client["ip4Address"] != nil || client["ip6Address"] != nil else {
        throw client.error("ip4Address or ip6Address is missing: give the node at least one")
      }
      if client["ip4Address"] == nil, let prefix = client["ip4Prefix"] ?? client["ip4Alloc"] {
        throw prefix.error("needs ip4Address beside it")
      }
      if client["ip6Address"] == nil, let prefix = client["ip6Prefix"] ?? client["ip6Alloc"] {
        throw prefix.error("needs ip6Address beside it")
      }
    }
    for key in try tunnel.elements("outgoingConnections") { _ = try publicKey(key) }
  }

  mutating func security(
    _ list: [ConfigurationItem]
  ) throws(ConfigurationError) -> SecurityConfiguration {
    var security = SecurityConfiguration.standard
    var staysUser = false
    for element in list {
      if case .text(let word) = element.value.content, word.isText("nofiles") {
        security.noFiles = true
        continue
      }
      guard case .dict = element.value.content else {
        note(element, "is no entry of security and ignored: write for example { \"nofiles\": 1 }")
        continue
      }
      nameUnknown(
        in: element,
        "setuser keepNetAdmin exemptAngel chroot nofiles noforks seccomp setupComplete")
      nameInert(in: element, InertKey.security)
      if let user = element["setuser"] {
        if case .integer(0) = user.value.content {
          staysUser = true
        } else {
          security.user = try user.text(max: 63)
          security.isDefaultUser = false
          let isNewName = element["keepNetAdmin"] != nil
          security.keepNetAdmin = try element.flag(isNewName ? "keepNetAdmin" : "exemptAngel")
        }
      }
      if let directory = element["chroot"] {
        if case .integer(0) = directory.value.content {
          security.chroot = nil
        } else {
          security.chroot = try directory.text(max: 4095)
        }
      }
      if let flag = element["nofiles"] { security.noFiles = try flag.flag() }
      if let flag = element["noforks"] { security.noForks = try flag.flag() }
    }
    if staysUser { security.user = nil }
    return security
  }
}
