import Testing
import Wire

@testable import Settings

@Suite struct LastingSettingsTests {
  static func lines(_ rest: String) throws -> [String] {
    let (configuration, _) = try ConfigurationTests.read(ConfigurationTests.text(rest))
    return configuration.lastingSettings.map { String(decoding: $0, as: UTF8.self) }
  }

  /// The lines of a file with `rest` that are not those of one without it.
  static func differences(_ rest: String) throws -> [String] {
    let plain = try lines("")
    let changed = try lines(rest)
    return changed.filter { !plain.contains($0) }
  }

  @Test(arguments: [
    ("", []), ("\"noBackground\":1,\"pipe\":\"x\"", []),
    ("\"authorizedPasswords\":[{\"password\":\"secretsecretsecret\"}]", []),
    ("\"interfaces\":{\"UDPInterface\":[{}],\"ETHInterface\":[{\"bind\":\"all\"}]}", []),
    (
      "\"router\":{\"interface\":{\"type\":\"TUNInterface\",\"tunDevice\":\"x0\"}}",
      ["router: TUN device x0"]
    ),
    ("\"router\":{\"tableSize\":500}", ["router.tableSize: 500"]),
    (
      "\"security\":[{\"setuser\":\"me\"},{\"chroot\":\"/x\"},{\"nofiles\":1},{\"noforks\":0}]",
      [
        "security.setuser: me", "security.chroot: /x",
        "security: keepNetAdmin 0, nofiles 1, noforks 0",
      ]
    ),
    ("\"logging\":{\"logTo\":\"syslog\"}", ["logging: syslog"]),
    ("\"stateFile\":\"/x\"", ["stateFile: /x"]),
    (
      "\"interfaces\":{\"WIFIInterface\":[{\"bind\":\"phy0\",\"frequency\":2412,\"rate\":5}]}",
      ["WIFIInterface phy0: mesh 2412 MHz, network cjdns, rate 55, txPower -1"]
    ),
  ])
  func `what needs a restart is told, and nothing else`(rest: String, lines: [String]) throws {
    #expect(try Self.differences(rest) == lines)
  }

  @Test func `the key itself is not told`() throws {
    for line in try Self.lines("") { #expect(!line.contains(ConfigurationTests.key)) }
  }

  @Test(arguments: [
    ("router: no device", "router"), ("UDPInterface [::]:5: dscp 0", "UDPInterface [::]:5"),
    ("x", "x"), ("", ""), (": ", ""), (" :x", " :x"),
  ])
  func `a line begins with a name`(line: String, name: String) {
    #expect(Configuration.name(ofSetting: Array(line.utf8)) == Array(name.utf8))
  }

  @Test func `interfaces are told by what cannot change`() {
    let udp = UDPInterfaceConfiguration()
    udp.bind = .ipv4(10, 0, 0, 1, port: 9)
    udp.dscp = 46
    #expect(udp.settings == Array("UDPInterface 10.0.0.1:9: dscp 46, beaconPort 0".utf8))
    let before = udp.settings
    udp.beacon = 2
    udp.beaconDevices = [[1]]
    #expect(udp.settings == before)
    let eth = EthernetInterfaceConfiguration(device: Array("eth0".utf8), beacon: 2)
    eth.network = Array("mine".utf8)
    #expect(eth.settings == Array("ETHInterface eth0: network mine".utf8))
    let all = EthernetInterfaceConfiguration(device: Array("all".utf8), beacon: 2)
    #expect(all.settings == Array("ETHInterface all: network , beacon 2".utf8))
  }
}
