import Bytes
import Cryptography
import Testing
import Wire

@testable import Settings

@Suite struct ConfigurationTests {
  static let key = "543d16b8a5af515d2e2633b40943fd4ead7ae72f20b38722f051f6cf48baa97e"
  static let peerKey = "qp4b5dymjqthy1mwgrxwju89s1tbnhtks03xtrqwwl889w1n7z00.k"

  /// A whole configuration: what every node needs, and `rest`.
  static func text(_ rest: String) -> String {
    "{\"privateKey\":\"\(key)\",\n\"admin\":{\"bind\":\"127.0.0.1:11234\"},\n\(rest)}"
  }

  /// A whole configuration with one UDP interface of these members.
  static func udp(_ members: String) -> String {
    text("\"interfaces\":{\"UDPInterface\":[{\(members)}]}")
  }

  static func peer(_ address: String, _ members: String) -> String {
    udp("\"connectTo\":{\"\(address)\":{\(members)}}")
  }

  static func read(_ text: String) throws -> (configuration: Configuration, notes: [String]) {
    var notes: [ConfigurationNote] = []
    let configuration = try Configuration.read(Array(text.utf8).span, notes: &notes)
    return (configuration, notes.map { Self.line($0) })
  }

  static func line(_ remark: ConfigurationRemark) -> String {
    var line = ByteWriter()
    remark.appendText(to: &line)
    return String(decoding: line.bytes, as: UTF8.self)
  }

  static func complaint(_ text: String) -> String? {
    do {
      _ = try read(text)
      return nil
    } catch let error as ConfigurationError {
      return line(error)
    } catch {
      return nil
    }
  }

  static let good = "\"password\":\"p\",\"publicKey\":\"\(peerKey)\""

  @Test(arguments: [
    ("{}", "line 1, column 1: privateKey: is missing"),
    ("{\"privateKey\":\"12\"}", "line 1, column 15: privateKey: must be 64 hex digits"),
    ("{\"privateKey\":12}", "line 1, column 15: privateKey: must be text"),
    (
      "{\"privateKey\":\"\(String(repeating: "0", count: 64))\"}",
      "line 1, column 15: privateKey: belongs to an address outside fc00::/8"
    ),
    ("{\"privateKey\":\"\(key)\"}", "line 1, column 1: admin: is missing"),
    ("{\"privateKey\":\"\(key)\",\"admin\":{}}", "line 1, column 90: admin.bind: is missing"),
    (
      "{\"privateKey\":\"\(key)\",\"admin\":{\"bind\":\"localhost:1\"}}",
      "line 1, column 98: admin.bind: 'localhost:1' is no IP address"
    ),
    (text("\"noBackground\":\"yes\""), "line 3, column 16: noBackground: must be 1 for yes"),
    (text("\"interfaces\":1"), "line 3, column 14: interfaces: must be a section"),
    (text("\"security\":1"), "line 3, column 12: security: must be a list"),
    (
      text("\"authorizedPasswords\":[{}]"),
      "line 3, column 24: authorizedPasswords[0].password: is missing"
    ),
    (
      text("\"authorizedPasswords\":[{\"password\":\"\"}]"),
      "line 3, column 36: authorizedPasswords[0].password: must not be empty"
    ),
    (
      text("\"authorizedPasswords\":[{\"password\":\"a\"},{\"password\":\"a\"}]"),
      "line 3, column 53: authorizedPasswords[1].password: is used twice"
    ),
    (
      text(
        #""authorizedPasswords":[{"password":"a","user":"x"},{"password":"b","user":"x"}]"#
      ),
      "line 3, column 75: authorizedPasswords[1].user: 'x' is used twice"
    ),
    (
      text("\"authorizedPasswords\":[{\"password\":\"a\",\"user\":\"Local Peers\"}]"),
      "line 3, column 47: authorizedPasswords[0].user: 'Local Peers' is the name"
    ),
    (
      text("\"authorizedPasswords\":[{\"password\":\"a\",\"ipv6\":\"2001:db8::1\"}]"),
      "line 3, column 47: authorizedPasswords[0].ipv6: is no address of a node"
    ),
    (
      udp("\"bind\":\"example.org:1\""),
      "line 3, column 39: interfaces.UDPInterface[0].bind: 'example.org:1' is no IP"
    ),
    (udp("\"dscp\":64"), "line 3, column 39: interfaces.UDPInterface[0].dscp: must be a number"),
    (udp("\"beacon\":\"2\""), "line 3, column 41: interfaces.UDPInterface[0].beacon: must be"),
    (
      udp("\"beaconPort\":70000"),
      "line 3, column 45: interfaces.UDPInterface[0].beaconPort: must be a port"
    ),
    (
      peer("1.2.3.4", good),
      "line 3, column 45: interfaces.UDPInterface[0].connectTo[\"1.2.3.4\"]: '1.2.3.4' has no port"
    ),
    (
      peer("1.2.3.4:0", good),
      #"line 3, column 45: interfaces.UDPInterface[0].connectTo["1.2.3.4:0"]: '1.2.3.4:0' has no"#
    ),
    (
      peer("a.example:5", good),
      #"line 3, column 45: interfaces.UDPInterface[0].connectTo["a.example:5"]: 'a.example:5' is"#
    ),
    (
      peer("[2001:db8::1]:5", good),
      #"line 3, column 45: interfaces.UDPInterface[0].connectTo["[2001:db8::1]:5"]: is an IPv6"#
    ),
    (
      peer("1.2.3.4:5", "\"password\":\"p\""),
      "line 3, column 57: interfaces.UDPInterface[0].connectTo[\"1.2.3.4:5\"].publicKey: is missing"
    ),
    (
      peer("1.2.3.4:5", "\"publicKey\":\"\(peerKey)\""),
      "line 3, column 57: interfaces.UDPInterface[0].connectTo[\"1.2.3.4:5\"].password: is missing"
    ),
    (
      peer("1.2.3.4:5", good + ",\"login\":\"" + String(repeating: "x", count: 65) + "\""),
      "line 3, column 150: interfaces.UDPInterface[0].connectTo[\"1.2.3.4:5\"].login: is too long"
    ),
    (
      text(
        "\"interfaces\":{\"ETHInterface\":{\"bind\":\"eth0\",\"connectTo\":{\"1.2.3.4:5\":{}}}}"),
      #"line 3, column 58: interfaces.ETHInterface.connectTo["1.2.3.4:5"]: '1.2.3.4:5' is no Eth"#
    ),
    (
      text("\"router\":{\"interface\":{\"type\":\"SocketInterface\"}}"),
      "line 3, column 23: router.interface.socketFullPath: is missing"
    ),
    (
      text("\"router\":{\"ipTunnel\":{\"outgoingConnections\":[\"x\"]}}"),
      "line 3, column 46: router.ipTunnel.outgoingConnections[0]: a public key has 54 characters"
    ),
  ])
  func `an error names line, column, key and what to do`(text: String, beginning: String) throws {
    let complaint = try #require(Self.complaint(text))
    #expect(complaint.hasPrefix(beginning), "\(complaint)")
    #expect(complaint.contains(": "))
  }

  @Test func `each way in which a key can be wrong is told`() throws {
    func complaint(_ key: String) -> String {
      Self.complaint(Self.peer("1.2.3.4:5", "\"password\":\"p\",\"publicKey\":\"\(key)\"")) ?? ""
    }
    #expect(complaint("bad").contains("has 54 characters"))
    #expect(complaint(Self.peerKey.dropLast() + "x").contains("ends with .k"))
    #expect(complaint("a" + Self.peerKey.dropFirst()).contains("a character is wrong"))
    #expect(complaint("0" + Self.peerKey.dropFirst()).contains("does not begin with fc"))
    let identity = try Self.read(Self.text("")).configuration.identity
    var own = ByteWriter()
    identity.publicKey.appendText(to: &own)
    #expect(complaint(String(decoding: own.bytes, as: UTF8.self)).contains("this node's own key"))
  }

  @Test func `a peer is read with all that it needs and in spite of what it does not`() throws {
    let (configuration, notes) = try Self.read(
      Self.text(
        """
        "interfaces": { "UDPInterface": { "bind": "[::]:5", "connectTo": { "[2001:db8::1]:7": {
          "password": "p", "publicKey": "\(Self.peerKey)", "login": "l", "peerName": "n",
          "version": 22, "authType": 1, "trust": 5000, "contact": "c", "location": [1], "gpg": "g"
        } } } }
        """))
    #expect(notes.isEmpty)
    let peer = try #require(configuration.udp.first?.connectTo.first)
    #expect(peer.address == LinkAddress(text: Array("[2001:db8::1]:7".utf8).span))
    #expect(peer.key == (try PublicKey(text: Array(Self.peerKey.utf8).span)))
    #expect(peer.password == Array("p".utf8) && peer.login == Array("l".utf8))
    #expect(peer.name == Array("n".utf8) && peer.version == 22)
  }

  @Test func `every key of the description is accepted, and what does nothing is named once`()
    throws
  {
    let (configuration, notes) = try Self.read(
      """
      {
        "privateKey": "\(Self.key)", "publicKey": "any", "ipv6": "any",
        "authorizedPasswords": [
          { "password": "a password of some length", "user": "u", "ipv6": "fc00::1",
            "publicKey": "k", "contact": "c", "location": "l", "authType": 1, "trust": 0 },
          { "password": "another one of a length" }
        ],
        "admin": { "bind": "127.0.0.1:0", "password": "NONE" },
        "interfaces": {
          "UDPInterface": [
            { "bind": "0.0.0.0:5", "dscp": 46, "beacon": 2, "beaconDevices": [ "all", "eth0" ],
              "beaconPort": 64512, "connectTo": [] },
            { "bind": "[::]:5", "connectTo": {} }, {}
          ],
          "ETHInterface": [
            { "bind": "eth0", "beacon": 1,
              "connectTo": { "01:02:03:04:05:06": { \(Self.good) } } },
            { "bind": "eth1", "network": "north" },
            { "bind": "all", "connectTo": { "01:02:03:04:05:06": { \(Self.good) } } }
          ],
          "_disabled_ETHInterface": 7
        },
        "router": {
          "interface": { "type": "TUNInterface", "tunDevice": "cjdroute0" },
          "tableSize": 2000, "dnsSeeds": [ "seed.example" ], "publicPeer": { "id": "x" },
          "supernodes": [ "\(Self.peerKey)" ],
          "ipTunnel": {
            "allowedConnections": [
              { "publicKey": "\(Self.peerKey)", "ip4Address": "1.2.3.4", "ip4Prefix": 0,
                "ip4Alloc": 32, "ip6Address": "2001:db8::1", "ip6Prefix": 0, "ip6Alloc": 128 } ],
            "outgoingConnections": [ "\(Self.peerKey)" ]
          }
        },
        "security": [
          { "setuser": "cjdns", "keepNetAdmin": 1 }, { "chroot": "/srv" }, { "noforks": 0 },
          { "nofiles": 1 }, { "seccomp": 1 }, { "setupComplete": 1 }
        ],
        "logging": { "logTo": "syslog" },
        "noBackground": 1, "pipe": "cjdroute.sock", "stateFile": "/var/lib/x", "version": 2,
        "resetAfterInactivitySeconds": 100, "pidFile": "x.pid", "corePath": "/x", "dns": { "a": 1 }
      }
      """)
    let named = notes.map { $0.split(separator: ": ")[1] }
    #expect(
      named == [
        "pipe", "resetAfterInactivitySeconds", "pidFile", "corePath", "dns",
        "interfaces.ETHInterface[2].connectTo", "router.ipTunnel", "router.supernodes",
        "router.dnsSeeds",
        "router.publicPeer", "security[4].seccomp",
      ])
    #expect(configuration.users.count == 2)
    #expect(configuration.users[0].address == IPv6Address(text: Array("fc00::1".utf8).span))
    #expect(configuration.users[1].login == nil)
    #expect(configuration.adminPassword == Array("NONE".utf8) && configuration.adminBind.port == 0)
    #expect(configuration.udp.count == 3 && configuration.udp[0].dscp == 46)
    #expect(configuration.udp[0].beacon == 2 && configuration.udp[0].beaconPort == 64512)
    #expect(configuration.udp[0].beaconDevices == [Array("all".utf8), Array("eth0".utf8)])
    #expect(configuration.udp[2].bind == .ipv4(0, 0, 0, 0, port: 0))
    #expect(configuration.ethernet.count == 3 && configuration.ethernet[0].beacon == 1)
    #expect(configuration.ethernet.map(\.network) == [nil, Array("north".utf8), nil])
    #expect(configuration.ethernet.map(\.isForAll) == [false, false, true])
    #expect(configuration.ethernet[0].connectTo[0].address.family == .ethernet)
    #expect(configuration.packetInterface == .tun(name: Array("cjdroute0".utf8)))
    #expect(configuration.security.user == Array("cjdns".utf8))
    #expect(configuration.security.keepNetAdmin && configuration.security.noFiles)
    #expect(!configuration.security.noForks && !configuration.security.isDefaultUser)
    #expect(configuration.security.chroot == Array("/srv".utf8))
    #expect(configuration.log == .syslog && configuration.noBackground)
    #expect(configuration.pipe == Array("cjdroute.sock".utf8))
    #expect(configuration.tableSize == 2000)
    #expect(configuration.stateFile == Array("/var/lib/x".utf8))
  }

  private static func wifi(_ members: String) -> String {
    text("\"interfaces\":{\"WIFIInterface\":[\(members)]}")
  }

  @Test func `radios are asked for by name, mode and frequency`() throws {
    let (configuration, notes) = try Self.read(
      Self.wifi(
        """
        { "bind": "phy0", "frequency": 2412 },
        { "bind": "wlan1", "mode": "ibss", "frequency": 5180, "network": "north", "rate": 5,
          "txPower": 0, "beacon": 2,
          "connectTo": { "02:00:00:00:00:01": { \(Self.good) } } },
        { "bind": "phy2", "mode": "monitor", "frequency": 2437, "rate": 54, "colour": 1 }
        """))
    #expect(notes.count == 1 && notes[0].contains("colour"))
    let wifi = configuration.wifi
    #expect(wifi.map(\.radio) == ["phy0", "wlan1", "phy2"].map { Array($0.utf8) })
    #expect(wifi.map(\.mode) == [.mesh, .ibss, .monitor])
    #expect(wifi.map(\.frequency) == [2412, 5180, 2437])
    #expect(wifi.map(\.network) == ["cjdns", "north", "cjdns"].map { Array($0.utf8) })
    #expect(wifi.map(\.rate) == [0, 55, 540] && wifi.map(\.power) == [nil, 0, nil])
    #expect(wifi.map(\.beacon) == [0, 2, 0] && wifi[1].connectTo.count == 1)
    // Of no manufacturer, of one machine, and the same for all of a network.
    #expect(wifi.allSatisfy { $0.cell[0] & 3 == 2 })
    #expect(wifi[0].cell == wifi[2].cell && wifi[0].cell != wifi[1].cell)
  }

  @Test(arguments: [
    (#"{ "frequency": 2412 }"#, "bind"), (#"{ "bind": "phy0" }"#, "frequency"),
    (#"{ "bind": "phy0", "frequency": 6 }"#, "2412"),
    (#"{ "bind": "phy0", "frequency": -2412 }"#, "2412"),
    (#"{ "bind": "phy0", "frequency": 2412, "mode": "adhoc" }"#, "ibss"),
    (#"{ "bind": "phy0", "frequency": 2412, "rate": 7 }"#, "54"),
    (#"{ "bind": "phy0", "frequency": 2412, "txPower": 99 }"#, "40"),
    (#"{ "bind": "phy0", "frequency": 2412, "network": "" }"#, "empty"),
    (
      #"{ "bind": "phy0", "frequency": 2412, "network": "\#(String(repeating: "n", count: 33))" }"#,
      "32"
    ),
    (#"{ "bind": "phy0", "frequency": 2412, "connectTo": { "1.2.3.4:5": {} } }"#, "01:02:03"),
  ])
  func `what a radio cannot be is refused with what it can`(members: String, remedy: String) {
    #expect(Self.complaint(Self.wifi(members))?.contains(remedy) == true)
  }

  @Test func `a file of 2012 starts`() throws {
    let (configuration, notes) = try Self.read(
      """
      {
          // Your secret key
          "privateKey": "\(Self.key)",
          "authorizedPasswords":
          [
              {"password": "abc", "authType": 1, "trust": 5000}
              {"password": "def"},
          ],
          "admin":
          {
              "bind": "127.0.0.1:11234",
              "password": "x"
          }
          "interfaces":
          {
              "UDPInterface":
              {
                  "bind": "0.0.0.0:33808",
                  "connectTo":
                  {
                      "192.0.2.1:12345": {"password": "p", "authType": 1
                          "publicKey": "\(Self.peerKey)", "trust": 5000 }
                  }
              }
          },
          "router":
          {
              "interface": { "type": "TUNInterface" }
              "ipTunnel": { "allowedConnections": [], "outgoingConnections": [] }
          },
          "resetAfterInactivitySeconds": 100,
          "pidFile": "cjdns.pid",
          "security":
          [
              "nofiles",
              {"setuser": "nobody", "exemptAngel": 1}
          ]
      }
      """)
    #expect(notes.count == 3 && notes.contains { $0.contains("is so short") })
    #expect(configuration.users.count == 2 && configuration.udp[0].connectTo.count == 1)
    #expect(configuration.security.noFiles && configuration.security.keepNetAdmin)
    #expect(configuration.packetInterface == .tun(name: nil))
  }

  @Test func `short passwords are accepted and told of once`() throws {
    let short = #"{"password":"fifteen letters"},{"password":"b"}"#
    let long = #"{"password":"sixteen letters."}"#
    let (_, notes) = try Self.read(Self.text("\"authorizedPasswords\":[\(long),\(short)]"))
    #expect(notes.count == 1 && notes[0].contains("authorizedPasswords[1].password: is so short"))
  }

  @Test func `security has the defaults of the description`() throws {
    func security(_ list: String) throws -> SecurityConfiguration {
      try Self.read(Self.text("\"security\":\(list)")).configuration.security
    }
    let standard = try Self.read(Self.text("")).configuration.security
    #expect(standard == .standard && standard.isDefaultUser && standard.keepNetAdmin)
    #expect(standard.user == Array("nobody".utf8) && standard.chroot == Array("/var/run/".utf8))
    #expect(standard.noForks && !standard.noFiles)
    #expect(try security("[]") == .standard)
    let named = try security("[{\"setuser\":\"x\"}]")
    #expect(!named.keepNetAdmin && !named.isDefaultUser && named.user == Array("x".utf8))
    #expect(try security("[{\"setuser\":0},{\"setuser\":\"x\"}]").user == nil)
    #expect(try security("[{\"chroot\":0}]").chroot == nil)
    #expect(try security("{\"noforks\":0}").noForks == false)
  }

  @Test(arguments: [
    (udp("\"beacon\":3"), "interfaces.UDPInterface[0].beacon: must be 0"),
    (udp("\"beacon\":2"), "interfaces.UDPInterface[0].beacon: needs beaconPort"),
    (
      udp("\"beacon\":1,\"beaconPort\":5"), "interfaces.UDPInterface[0].beacon: needs beaconDevices"
    ),
    (udp("\"conectTo\":{}"), "interfaces.UDPInterface[0].conectTo: is unknown"),
    (text("\"security\":[{\"weird\":1}]"), "security[0].weird: is unknown"),
    (text("\"security\":[\"weird\"]"), "security[0]: is no entry of security"),
    (text("\"logging\":{\"logTo\":\"file\"}"), "logging.logTo: is neither"),
    (
      text("\"router\":{\"interface\":{\"type\":\"X\"}}"),
      "router.interface.type: 'X' is not TUNInterface"
    ),
    (
      text(
        #""router":{"interface":{"type":"TUNInterface","tunDevice":"0123456789abcdef"}}"#),
      "router.interface.tunDevice: a device's name has at most 15"
    ),
    (
      text(
        "\"router\":{\"interface\":{\"type\":\"SocketInterface\",\"socketFullPath\":\"/x\"}}"),
      "router.interface.type: SocketInterface is not supported yet"
    ),
    (
      "{\"privateKey\":\"\(key)\",\"admin\":{\"bind\":\"0.0.0.0:1\",\"password\":\"NONE\"}}",
      "admin: anybody who reaches this address"
    ),
    (text("\"noBackground\":0,\"noBackground\":0"), "noBackground: is given twice"),
  ])
  func `what is merely odd becomes one note`(text: String, note: String) throws {
    let (configuration, notes) = try Self.read(text)
    #expect(notes.count == 1)
    #expect(notes.first?.contains(note) == true, "\(notes)")
    #expect(configuration.udp.allSatisfy { $0.beacon == 0 })
  }
}
