import Bytes
import Cryptography

/// `router` and `security` (cjdroute.md 3.5 and 3.6).
extension ConfigurationReader {
  static func packetInterface(_ section: ConfigurationItem) -> PacketInterface {
    nameUnknown(in: section, "interface tableSize ipTunnel supernodes dnsSeeds publicPeer")
    nameInert(in: section, InertKey.router)
    for key in section["supernodes"].elements() { publicKey(key) }
    for name in section["dnsSeeds"].elements() { _ = name.text() }
    check(tunnel: section["ipTunnel"].section())
    return device(section["interface"].section())
  }

  static func tableSize(_ item: ConfigurationItem) -> Int? {
    guard item.isGiven else { return nil }
    let size = item.integer()
    if size < 64 || size > 8192 { item.fail("must be a number of nodes from 64 to 8192") }
    return Int(truncatingIfNeeded: size)
  }

  private static func device(_ section: ConfigurationItem) -> PacketInterface {
    nameUnknown(in: section, "type tunDevice tunfd socketFullPath socketAttemptToCreate")
    let item = section["type"]
    guard item.isGiven else { return .none }
    let type = item.text()
    if type.isText("SocketInterface") {
      _ = section.required("socketFullPath", "SocketInterface needs the path of a socket")
        .text(max: 107)
      item.note(InertKey.socketInterface)
      return .none
    }
    guard type.isText("TUNInterface") else {
      item.noteQuoting("' is not TUNInterface: the node only forwards for others")
      return .none
    }
    let device = section["tunDevice"]
    let name = device.text()
    let descriptor = section["tunfd"]
    if device.isGiven, descriptor.isGiven {
      descriptor.note("is no longer used, and tunDevice not with it: there is no TUN device")
      return .none
    }
    if name.count > 15 {
      device.note("a device's name has at most 15 characters: there is no TUN device")
      return .none
    }
    return .tun(name: name.isEmpty ? nil : name)
  }

  /// Nothing of it is used yet, but what is wrong is said before the day it is.
  private static func check(tunnel: ConfigurationItem) {
    for element in tunnel["allowedConnections"].elements() {
      let client = element.section()
      publicKey(client.required("publicKey", "write the key of the node that may use it"))
      let hasIPv4 = client["ip4Address"].isGiven
      let hasIPv6 = client["ip6Address"].isGiven
      if !hasIPv4, !hasIPv6 {
        client.fail("ip4Address or ip6Address is missing: give the node at least one")
      }
      if !hasIPv4 { refuse(client, "ip4Prefix", "ip4Alloc", "needs ip4Address beside it") }
      if !hasIPv6 { refuse(client, "ip6Prefix", "ip6Alloc", "needs ip6Address beside it") }
    }
    for key in tunnel["outgoingConnections"].elements() { publicKey(key) }
  }

  @inline(never) private static func refuse(
    _ section: ConfigurationItem, _ key: StaticString, _ other: StaticString,
    _ message: StaticString
  ) {
    if section[key].isGiven { section[key].fail(message) }
    if section[other].isGiven { section[other].fail(message) }
  }

  static func readSecurity(_ list: ConfigurationItem, _ security: inout SecurityConfiguration) {
    var staysUser = false
    for element in list.elements() {
      guard element.isSection else {
        if case .text(let word)? = element.content, word.isText("nofiles") {
          security.noFiles = true
        } else {
          element.note("is no entry of security and ignored: write for example { \"nofiles\": 1 }")
        }
        continue
      }
      nameUnknown(
        in: element,
        "setuser keepNetAdmin exemptAngel chroot nofiles noforks seccomp setupComplete")
      nameInert(in: element, InertKey.security)
      let user = element["setuser"]
      if user.isZero {
        staysUser = true
      } else if user.isGiven {
        security.user = user.text(max: 63)
        security.isDefaultUser = false
        let keep = element["keepNetAdmin"]
        security.keepNetAdmin = (keep.isGiven ? keep : element["exemptAngel"]).flag()
      }
      let directory = element["chroot"]
      if directory.isGiven {
        security.chroot = directory.isZero ? nil : directory.text(max: 4095)
      }
      let noFiles = element["nofiles"]
      if noFiles.isGiven { security.noFiles = noFiles.flag() }
      let noForks = element["noforks"]
      if noForks.isGiven { security.noForks = noForks.flag() }
    }
    if staysUser { security.user = nil }
  }
}
