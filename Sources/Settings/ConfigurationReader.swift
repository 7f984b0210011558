import Bytes
import Cryptography
import Wire

/// Turns the tree of a configuration into a `Configuration`, section by section. What is wrong or
/// odd goes to the report of the items.
enum ConfigurationReader {
  /// About shorter passwords of users the operator is told once.
  private static var passwordByteCountMin: Int { 16 }

  /// To be used only if nothing wrong was reported; nil only if something was.
  static func configuration(_ root: ConfigurationItem) -> Configuration? {
    nameUnknown(
      in: root,
      """
      privateKey publicKey ipv6 authorizedPasswords admin interfaces router \
      security logging noBackground pipe stateFile version \
      resetAfterInactivitySeconds pidFile corePath dns
      """)
    nameInert(in: root, InertKey.root)
    _ = root["version"].integer()
    guard let identity = identity(root) else { return nil }
    let configuration = Configuration(identity: identity)
    readAdmin(root.required("admin", "a section with bind and password").section(), configuration)
    readUsers(root["authorizedPasswords"], configuration)
    readInterfaces(root["interfaces"].section(), configuration)
    let router = root["router"].section()
    configuration.packetInterface = packetInterface(router)
    configuration.tableSize = tableSize(router["tableSize"])
    readSecurity(root["security"], &configuration.security)
    configuration.log = logTarget(root["logging"].section())
    configuration.noBackground = root["noBackground"].flag()
    configuration.pipe = root["pipe"].textIfGiven(max: 107)
    configuration.stateFile = root["stateFile"].textIfGiven(max: 255)
    return configuration
  }

  private static func identity(_ root: ConfigurationItem) -> Identity? {
    let item = root.required("privateKey", "./cjdroute --genconf makes one")
    let digits = item.text()
    guard let bytes = Hex.decode(digits.span), bytes.count == 32 else {
      item.fail("must be 64 hex digits: copy it again, or make one with --genconf")
      return nil
    }
    do throws(KeyError) {
      return try Identity(privateKey: SecretBytes(copying: bytes.span))
    } catch {
      item.fail(
        """
        belongs to an address outside fc00::/8, which no other node accepts: copy it again, or \
        make one with --genconf
        """)
      return nil
    }
  }

  private static func readAdmin(_ section: ConfigurationItem, _ configuration: Configuration) {
    let bind = section.required("bind", "write \"bind\": \"127.0.0.1:11234\"")
    if let address = bind.linkAddress(), address.isIP {
      configuration.adminBind = address
    } else {
      bind.failQuoting("' is no IP address with a port: write for example 127.0.0.1:11234")
    }
    let password = section["password"].textIfGiven(max: 255)
    configuration.adminPassword = password
    if let password, password.isText("NONE"), !isLoopback(configuration.adminBind) {
      section.note("anybody who reaches this address controls the node: set a password")
    }
  }

  private static func isLoopback(_ address: LinkAddress) -> Bool {
    if address.family == .ipv4 { return address.bytes[0] == 127 }
    var rest = address.bytes
    rest[15] ^= 1
    return rest.isZero
  }

  private static func readUsers(_ list: ConfigurationItem, _ configuration: Configuration) {
    var isShortNoted = false
    for element in list.elements() {
      let entry = element.section()
      let password = entry.required("password", "give each entry a long random one")
      let login = entry["user"]
      let address = entry["ipv6"]
      let user = ConfiguredUser(password: password.text(max: ConfiguredPeer.textByteCountMax))
      for other in configuration.users where other.password == user.password {
        password.fail("is used twice: give each entry its own")
      }
      if user.password.count < passwordByteCountMin, !isShortNoted {
        password.note("is so short that it can be guessed: ./cjdroute mkpasswd makes long ones")
        isShortNoted = true
      }
      if login.isGiven {
        let name = login.text(max: ConfiguredPeer.textByteCountMax)
        if name.isText("Local Peers") {
          login.fail("'Local Peers' is the name of the beacons: choose another")
        }
        for other in configuration.users where other.login == name {
          login.failQuoting("' is used twice: give each entry its own")
        }
        user.login = name
      }
      if address.isGiven {
        let text = address.text()
        user.address = IPv6Address(text: text.span)
        if !(user.address?.isNode ?? false) {
          address.fail("is no address of a node: write one that begins with fc")
        }
      }
      configuration.users.append(user)
    }
  }

  private static func logTarget(_ section: ConfigurationItem) -> LogTarget {
    nameUnknown(in: section, "logTo")
    let target = section["logTo"]
    let name = target.text()
    if name.isText("stdout") { return .stdout }
    if name.isText("syslog") { return .syslog }
    if target.isGiven {
      target.note("is neither stdout nor syslog: log lines go to admin subscribers only")
    }
    return .subscribers
  }

  /// Says which keys do nothing, unless they ask for nothing.
  @inline(never) static func nameInert(in section: ConfigurationItem, _ keys: [InertKey]) {
    for inert in keys {
      let item = section[inert.key]
      if !item.isEmpty, !inert.message.span.isEmpty { item.note(inert.message) }
    }
  }

  /// Says which keys are none of `known` (with blanks between them): most often a typing error. A
  /// leading underscore is the way to switch something off.
  @inline(never) static func nameUnknown(in section: ConfigurationItem, _ known: StaticString) {
    for entry in section.entries where entry.key.first != UInt8(ascii: "_") {
      if isWord(entry.key, of: known) { continue }
      var path = ByteWriter()
      path.append(section.path)
      if path.count > 0 { path.append(".") }
      path.appendQuoted(entry.key)
      ConfigurationItem(path: path.bytes, at: entry.position, nil, section.report)
        .note("is unknown and ignored: is it spelt right?")
    }
  }

  /// True if `text`, words with blanks between them, has that one.
  @inline(never) static func isWord(_ word: [UInt8], of text: StaticString) -> Bool {
    var matched: Int? = 0
    let text = text.span
    for i in 0...text.count {
      if i == text.count || text[i] == UInt8(ascii: " ") {
        if matched == word.count { return true }
        matched = 0
      } else if let count = matched, count < word.count, word[count] == text[i] {
        matched = count + 1
      } else {
        matched = nil
      }
    }
    return false
  }
}
