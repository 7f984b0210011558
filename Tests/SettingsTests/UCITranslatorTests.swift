import Bytes
import Testing
import Wire

@testable import Settings

@Suite struct UCITranslatorTests {
  static let key = "751d3db85b848deaf221e0ed2b6cc17f587b29057d74cdd4dc0bd18b7157288e"
  static let theirs = "9syly12vuwr1jh5qpktmjc817y38bc9ytsvs8d5qwcnvn6c2lwq0.k"

  /// What the original's package writes, in the forms that UCI has for it.
  static let box = """
    package cjdns

    # the node
    config cjdns 'cjdns'
    \toption private_key '\(key)'
    \toption admin_address "127.0.0.1"; option admin_port 11235
    \toption admin_password 'NONE'
    \toption tun_device tuncjdns  # ours
    \toption seccomp '0'
    \toption empty ''

    config udp_peer
    \toption interface '2'
    \toption address '[2001:db8::1]'
    \toption port '1234'
    \toption public_key '\(theirs)'
    \toption password 'it'\\''s "q\\x"'
    \toption user 'bob'

    config udp_interface
    \toption port '2123'
    \toption address '0.0.0.0'
    \toption beacon '2'
    \tlist beacon_devices 'all'
    \tlist beacon_devices 'br-lan'
    \toption beacon_port '64512'

    config udp_interface
    \toption address '[::]'
    \toption port '2123'

    config eth_interface
    \toption bind 'br-lan'
    \toption beacon '2'

    config eth_peer
    \toption address '01:02:03:04:05:06'
    \toption public_key '\(theirs)'
    \toption password 'of a peer at the wire'

    config wifi_interface
    \toption bind 'phy0'
    \toption frequency '2412'

    config password
    \toption password '1234567890123456'
    \toption user 'alice'
    \toption contact 'at home'

    config supernodes
    \toption public_key '\(theirs)'

    config iptunnel_outgoing
    \toption public_key '\(theirs)'

    config iptunnel_allowed
    \toption public_key '\(theirs)'
    \toption ipv4 '192.168.1.2'
    \toption ipv6 'fd00::2'

    """

  static func complaint(_ text: String) -> String? {
    var notes: [ConfigurationNote] = []
    do throws(ConfigurationError) {
      _ = try Configuration.read(Array(text.utf8).span, notes: &notes)
      return nil
    } catch {
      var line = ByteWriter()
      error.appendText(to: &line)
      return String(decoding: line.bytes, as: UTF8.self)
    }
  }

  static func notes(_ text: String) throws -> [String] {
    var notes: [ConfigurationNote] = []
    _ = try Configuration.read(Array(text.utf8).span, notes: &notes)
    return notes.map { note in
      var line = ByteWriter()
      note.appendText(to: &line)
      return String(decoding: line.bytes, as: UTF8.self)
    }
  }

  @Test func `all of a box comes out as JSON`() throws {
    #expect(
      try ConfigurationCleanerTests.clean(Self.box) == """
        {
          "interfaces": {
            "UDPInterface": [
              {
                "bind": "0.0.0.0:2123",
                "beacon": 2,
                "beaconDevices": [
                  "all",
                  "br-lan"
                ],
                "beaconPort": 64512,
                "connectTo": {}
              },
              {
                "bind": "[::]:2123",
                "connectTo": {
                  "[2001:db8::1]:1234": {
                    "publicKey": "\(Self.theirs)",
                    "password": "it's \\x22q\\x5cx\\x22",
                    "user": "bob"
                  }
                }
              }
            ],
            "ETHInterface": [
              {
                "bind": "br-lan",
                "beacon": 2,
                "connectTo": {
                  "01:02:03:04:05:06": {
                    "publicKey": "\(Self.theirs)",
                    "password": "of a peer at the wire"
                  }
                }
              }
            ],
            "WIFIInterface": [
              {
                "bind": "phy0",
                "frequency": 2412,
                "connectTo": {}
              }
            ]
          },
          "authorizedPasswords": [
            {
              "password": "1234567890123456",
              "user": "alice",
              "contact": "at home"
            }
          ],
          "router": {
            "supernodes": [
              "\(Self.theirs)"
            ],
            "ipTunnel": {
              "outgoingConnections": [
                "\(Self.theirs)"
              ],
              "allowedConnections": [
                {
                  "ip4Address": "192.168.1.2",
                  "ip6Address": "fd00::2",
                  "publicKey": "\(Self.theirs)"
                }
              ]
            },
            "interface": {
              "type": "TUNInterface",
              "tunDevice": "tuncjdns"
            }
          },
          "security": {
            "chroot": "/var/run/cjdns",
            "seccomp": 0
          },
          "logging": {},
          "admin": {
            "bind": "127.0.0.1:11235",
            "password": "NONE"
          },
          "privateKey": "\(Self.key)",
          "version": 2
        }

        """)
  }

  @Test func `a node needs nothing but its key`() throws {
    var notes: [ConfigurationNote] = []
    let text = "config cjdns cjdns\noption private_key \(Self.key)"
    let configuration = try Configuration.read(Array(text.utf8).span, notes: &notes)
    #expect(notes.isEmpty)
    #expect(configuration.adminBind.port == 11234)
    #expect(configuration.udp.isEmpty)
    #expect(configuration.security.chroot == Array("/var/run/cjdns".utf8))
  }

  /// The line is that of the box's own file.
  @Test(arguments: [
    ("config cjdns\n option private_key 'x\n", "line 2, column 21: privateKey: the closing quote"),
    ("config cjdns\noption private_key abc\n", "line 2, column 20: privateKey: must be 64 hex"),
    ("config cjdns\n\n  hello you\n", "line 3, column 12: hello: should be config, option or list"),
    ("#\nconfig udp_peer 'a'\noption interface 2\n", "line 2, column 8: there is no interface of"),
    ("config eth_peer\n\toption interface -1\n", "line 1, column 8: there is no interface of"),
    ("config password\n", "line 1, column 1: privateKey: is missing"),
  ])
  func `what is wrong is said with its place`(text: String, beginning: String) throws {
    let complaint = try #require(Self.complaint(text))
    #expect(complaint.hasPrefix(beginning), "\(complaint)")
  }

  @Test(arguments: [
    ("\noption port 99999", "12, column 13: interfaces.UDPInterface[0].bind: '0.0.0.0:99999'"),
    ("\n option address a", "12, column 17: interfaces.UDPInterface[0].bind: 'a' is no IP"),
    ("\noption beacon 3", "12, column 15: interfaces.UDPInterface[0].beacon: "),
    ("\noption beacon two", "12, column 15: interfaces.UDPInterface[0].beacon: must be a whole"),
  ])
  func `what the reader of cjdroute dot conf finds is said with the line of the box`(
    option: String, part: String
  ) throws {
    let head = "config cjdns\noption private_key \(Self.key)\n" + String(repeating: "\n", count: 8)
    let text = head + "config udp_interface" + option
    let notes = Self.complaint(text) == nil ? try Self.notes(text) : []
    let said = Self.complaint(text) ?? notes.joined()
    #expect(said.contains(part), "\(said)")
  }

  @Test func `what nobody knows is named`() throws {
    let node = "config cjdns\noption private_key \(Self.key)\n"
    #expect(
      try Self.notes(node + "config udp_interfaces\n option port 1\n") == [
        "line 3, column 8: udpInterfaces: is no kind of section and ignored: is it spelt right?"
      ])
    #expect(
      try Self.notes(node + "option tundevice x\n")[0].hasPrefix(
        "line 3, column 8: tundevice: is unknown"))
  }

  /// Whatever a file holds, it is read or refused.
  @Test func `broken files are survived`() {
    let text = Array(Self.box.utf8)
    let bytes: [UInt8] = [0, 1, 10, 34, 35, 39, 59, 92, 255]
    for index in stride(from: 0, to: text.count, by: 4) {
      Self.read(Array(text[..<index]))
      var broken = text
      broken[index] = bytes[index / 4 % bytes.count]
      Self.read(broken)
    }
  }

  private static func read(_ text: [UInt8]) {
    var notes: [ConfigurationNote] = []
    do throws(ConfigurationError) {
      _ = try Configuration.read(text.span, notes: &notes)
    } catch {
      #expect(error.line > 0)
    }
  }
}
