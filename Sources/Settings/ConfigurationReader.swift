import Bytes
import Cryptography
import Wire

/// Turns the tree of a configuration into a `Configuration`, section by section.
struct ConfigurationReader {
  /// About shorter passwords of users the operator is told once.
  private static var passwordByteCountMin: Int { 16 }

  private(set) var notes: [ConfigurationNote] = []

  mutating func configuration(
    _ root: ConfigurationItem
  ) throws(ConfigurationError) -> Configuration {
    nameUnknown(
      in: root,
      """
      privateKey publicKey ipv6 authorizedPasswords admin interfaces router \
      security logging noBackground pipe stateFile version \
      resetAfterInactivitySeconds pidFile corePath dns
      """)
    nameInert(in: root, InertKey.root)
    if let version = root["version"] { _ = try version.integer() }
    let identity = try identity(root)
    let admin = try root.required("admin", "a section with bind and password").dict()
    let adminBind = try adminBind(admin)
    let adminPassword = try admin.text("password", max: 255)
    if let adminPassword, adminPassword.isText("NONE"), !Self.isLoopback(adminBind) {
      note(admin, "anybody who reaches this address controls the node: set a password")
    }
    let users = try users(root.elements("authorizedPasswords"))
    let interfaces = try root.dict("interfaces")
    nameUnknown(in: interfaces, "UDPInterface ETHInterface")
    nameInert(in: interfaces, InertKey.interfaces)
    return Configuration(
      identity: identity,
      users: users,
      adminBind: adminBind,
      adminPassword: adminPassword,
      udp: try udpInterfaces(interfaces.elements("UDPInterface"), identity),
      ethernet: try ethernetInterfaces(interfaces.elements("ETHInterface"), identity),
      packetInterface: try router(root.dict("router")),
      security: try security(root.elements("security")),
      log: try logTarget(root.dict("logging")),
      noBackground: try root.flag("noBackground"),
      pipe: try root.text("pipe", max: 107),
      stateFile: try root.text("stateFile", max: 255))
  }

  private func identity(_ root: ConfigurationItem) throws(ConfigurationError) -> Identity {
    let item = try root.required("privateKey", "./cjdroute --genconf makes one")
    let digits = try item.text()
    guard let bytes = Hex.decode(digits.span), bytes.count == 32 else {
      throw item.error("must be 64 hex digits: copy it again, or make one with --genconf")
    }
    do throws(KeyError) {
      return try Identity(privateKey: SecretBytes(copying: bytes.span))
    } catch {
      throw item.error(
        "belongs to an address outside fc00::/8, which no other node accepts: copy it again, ",
        "or make one with --genconf")
    }
  }

  private func adminBind(_ admin: ConfigurationItem) throws(ConfigurationError) -> LinkAddress {
    let item = try admin.required("bind", "write \"bind\": \"127.0.0.1:11234\"")
    let text = try item.text()
    guard let address = LinkAddress(text: text.span), address.isIP else {
      throw item.error(
        "'", quoting: text, "' is no IP address with a port: write for example 127.0.0.1:11234")
    }
    return address
  }

  private static func isLoopback(_ address: LinkAddress) -> Bool {
    switch address.family {
    case .ipv4: return address.bytes[0] == 127
    default:
      var rest = address.bytes
      rest[15] ^= 1
      return rest.isZero
    }
  }

  private mutating func users(
    _ list: [ConfigurationItem]
  ) throws(ConfigurationError) -> [ConfiguredUser] {
    var users: [ConfiguredUser] = []
    var isShortNoted = false
    for element in list {
      let entry = try element.dict()
      let password = try entry.required("password", "give each entry a long random one")
      let user = ConfiguredUser(password: try password.text(max: ConfiguredPeer.textByteCountMax))
      for other in users where other.password == user.password {
        throw password.error("is used twice: give each entry its own")
      }
      if user.password.count < Self.passwordByteCountMin, !isShortNoted {
        note(password, "is so short that it can be guessed: ./cjdroute mkpasswd makes long ones")
        isShortNoted = true
      }
      if let login = entry["user"] {
        let name = try login.text(max: ConfiguredPeer.textByteCountMax)
        guard !name.isText("Local Peers") else {
          throw login.error("'Local Peers' is the name of the beacons: choose another")
        }
        for other in users where other.login == name {
          throw login.error("'", quoting: name, "' is used twice: give each entry its own")
        }
        user.login = name
      }
      if let address = entry["ipv6"] {
        let text = try address.text()
        user.address = IPv6Address(text: text.span)
        guard user.address?.isNode ?? false else {
          throw address.error("is no address of a node: write one that begins with fc")
        }
      }
      users.append(user)
    }
    return users
  }

  private mutating func logTarget(
    _ section: ConfigurationItem
  ) throws(ConfigurationError) -> LogTarget {
    nameUnknown(in: section, "logTo")
    guard let target = section["logTo"] else { return .subscribers }
    let name = try target.text()
    if name.isText("stdout") { return .stdout }
    if name.isText("syslog") { return .syslog }
    note(target, "is neither stdout nor syslog: log lines go to admin subscribers only")
    return .subscribers
  }

  @inline(never) mutating func note(
    _ item: ConfigurationItem, _ before: StaticString, quoting quoted: [UInt8] = [],
    _ after: StaticString = ""
  ) {
    notes.append(item.error(before, quoting: quoted, after))
  }

  /// Says which keys do nothing, unless they ask for nothing.
  mutating func nameInert(in section: ConfigurationItem, _ keys: [InertKey]) {
    for inert in keys {
      guard let item = section[inert.key], !item.isEmpty else { continue }
      if inert.message.utf8CodeUnitCount > 0 { note(item, inert.message) }
    }
  }

  /// Says which keys are none of `known` (with blanks between them): most often a typing error. A
  /// leading underscore is the way to switch something off.
  @inline(never) mutating func nameUnknown(in section: ConfigurationItem, _ known: StaticString) {
    guard case .dict(let entries) = section.value.content else { return }
    for entry in entries where entry.key.first != UInt8(ascii: "_") {
      if Self.isWord(entry.key, of: known) { continue }
      var path = ByteWriter()
      path.append(section.path)
      if path.count > 0 { path.append(".") }
      path.appendQuoted(entry.key)
      notes.append(
        ConfigurationNote(
          at: entry.position, key: path.bytes,
          message: ConfigurationRemark.message("is unknown and ignored: is it spelt right?")))
    }
  }

  private static func isWord(_ word: [UInt8], of text: StaticString) -> Bool {
    var matched: Int? = 0
    for i in 0...text.utf8CodeUnitCount {
      if i == text.utf8CodeUnitCount || text.utf8Start[i] == UInt8(ascii: " ") {
        if matched == word.count { return true }
        matched = 0
      } else if let count = matched, count < word.count, word[count] == text.utf8Start[i] {
        matched = count + 1
      } else {
        matched = nil
      }
    }
    return false
  }
}
