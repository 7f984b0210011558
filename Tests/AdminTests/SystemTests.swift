import Bytes
import Cryptography
import Node
import Peering
import Testing
import Wire

@testable import Admin

@Suite struct SystemTests {
  @Test func `a link is opened by the surroundings and then known`() {
    let admin = AdminFixture()
    #expect(
      admin.call("UDPInterface_new", "d11:bindAddress14:127.0.0.1:20014:dscpi46ee", txid: "u")
        .isEmpty)
    #expect(
      admin.waiting.first?.request
        == .openUDP(bind: .ipv4(127, 0, 0, 1, port: 2001), dscp: 46, beaconPort: 0))
    let number = admin.node.addLink(family: .ipv4)!
    #expect(
      admin.finish(.link(number, bound: .ipv4(127, 0, 0, 1, port: 2001))) == [
        "d11:bindAddress14:127.0.0.1:20015:error4:none15:interfaceNumberi0e4:txid1:ue"
      ])
    #expect(
      admin.call("InterfaceController_interfaces") == [
        "d6:ifacesld11:beaconState8:DISABLED5:ifNumi0e4:name23:UDP/IPv4/127.0.0.1:2001ee"
          + "5:totali1ee"
      ])
  }

  @Test(arguments: [
    ("d11:bindAddress4:junke", "Failed to parse address"),
    ("d11:bindAddress17:02:00:00:00:00:0ae", "Failed to parse address"),
    ("d4:dscpi64ee", "dscp must be from 0 to 63"), ("d4:dscpi-1ee", "dscp must be from 0 to 63"),
    ("d10:beaconPorti65536ee", "beaconPort must be from 0 to 65535"),
  ])
  func `a bad link is refused`(arguments: String, error: String) {
    let admin = AdminFixture()
    #expect(admin.call("UDPInterface_new", arguments) == ["d5:error\(error.count):\(error)e"])
    #expect(admin.waiting.isEmpty)
  }

  @Test func `beacons are set, asked for, and refused`() {
    let admin = AdminFixture()
    _ = admin.addLink()
    let accepting = "d5:error4:none5:statei1e9:stateName9:acceptinge"
    #expect(admin.call("UDPInterface_beacon", "d5:statei1ee").isEmpty)
    #expect(admin.waiting[0].request == .setBeacon(link: 0, mode: .accept))
    admin.node.setBeacon(link: 0, mode: .accept, port: 64512, targets: [], at: admin.now)
    #expect(admin.finish(.ok) == [accepting])
    #expect(admin.call("UDPInterface_beacon") == [accepting])
    #expect(
      admin.call("UDPInterface_beacon", "d5:statei3ee") == ["d5:error13:invalid statee"])
    #expect(
      admin.call("UDPInterface_beacon", "d15:interfaceNumberi7ee")
        == ["d5:error23:invalid interfaceNumbere"])
    // A failure is told and changes nothing.
    admin.call("UDPInterface_beacon", "d5:statei2ee")
    #expect(admin.finish(.failed(Array("no".utf8))) == ["d5:error2:noe"])
    #expect(admin.call("UDPInterface_beacon") == [accepting])
  }

  @Test func `a user is given by number or, as in 2013, by name`() {
    let admin = AdminFixture()
    admin.call("Security_setUser", "d12:keepNetAdmini1e3:uidi5ee")
    admin.call("Security_setUser", "d3:gidi7e12:keepNetAdmini0e3:uidi5ee")
    admin.call("Security_setUser", "d4:user6:nobodye")
    #expect(
      admin.waiting.map(\.request) == [
        .setUser(.id(5), group: nil, keepNetAdmin: true),
        .setUser(.id(5), group: 7, keepNetAdmin: false),
        .setUser(.name(Array("nobody".utf8)), group: nil, keepNetAdmin: false),
      ])
    #expect(
      admin.call("Security_setUser", "d12:keepNetAdmini1e3:uidi-1ee")
        == ["d5:error32:uid must be from 0 to 4294967295e"])
    #expect(admin.call("Security_setUser")[0].contains("is required"))
  }

  @Test(arguments: [
    ("Security_getUser", SystemResult.failed([120]), "d5:error23:Could not find user [x]e"),
    ("Core_initTunnel", .failed([120]), "d5:error30:Failed to configure tunnel [x]e"),
    ("Core_stopTun", .failed([120]), "d5:error1:xe"), ("Core_initTunnel", .ok, "d5:error4:nonee"),
    ("Core_pid", .number(77), "d3:pidi77ee"), ("memory", .number(99), "d5:bytesi99ee"),
    ("Allocator_bytesAllocated", .number(.max), "d5:bytesi9223372036854775807ee"),
    (
      "Security_getUser", .user(name: [97], id: 1, group: 2),
      "d5:error4:none3:gidi2e4:name1:a3:uidi1ee"
    ),
    ("Security_noFiles", .ok, "d5:error4:nonee"), ("Security_noforks", .ok, "d5:error4:nonee"),
    ("UDPInterface_listDevices", .names([[97]]), "d3:retl1:aee"),
    ("ETHInterface_listDevices", .names([[97]]), "d7:devicesl1:ae5:error4:nonee"),
  ])
  func `the result of a system request is told`(
    function: String, result: SystemResult, reply: String
  ) {
    let admin = AdminFixture()
    #expect(admin.call(function).isEmpty)
    #expect(admin.waiting.count == 1)
    #expect(admin.finish(result) == [reply])
  }

  @Test func `requests that nobody finishes are bounded and give way`() {
    let admin = AdminFixture()
    for _ in 0..<AdminServer.pendingCountMax { #expect(admin.call("Core_pid").isEmpty) }
    #expect(
      admin.call("Core_pid") == ["d5:error39:no open slots to store ping, try later.e"])
    admin.now = admin.now + 60_001
    #expect(admin.call("Core_pid").isEmpty)
    #expect(admin.server.pending.count == 1)
    // The late result of a forgotten one is nobody's.
    #expect(admin.finish(.number(1)).isEmpty)
  }

  @Test func `an Ethernet link is opened, renamed, and connected over`() {
    let admin = AdminFixture()
    admin.call("ETHInterface_new", "d10:bindDevice4:eth0e")
    #expect(admin.waiting.first?.request == .openEthernet(device: Array("eth0".utf8)))
    let number = admin.node.addLink(family: .ethernet)!
    #expect(
      admin.finish(.device(number, name: Array("eth0".utf8)))
        == ["d5:error4:none15:interfaceNumberi0ee"])
    admin.server.linkOpened(number, device: Array("lan".utf8))
    #expect(
      admin.call("InterfaceController_interfaces") == [
        "d6:ifacesld11:beaconState8:DISABLED5:ifNumi0e4:name7:ETH/lanee5:totali1ee"
      ])
    #expect(admin.call("ETHInterface_beacon", "d5:statei2ee").isEmpty)
    #expect(admin.waiting[0].request == .setBeacon(link: 0, mode: .send))
    #expect(
      admin.finish(.ok) == ["d5:error4:none5:statei2e9:stateName21:sending and acceptinge"])

    var text = ByteWriter()
    Identity.generate(admin.entropy).publicKey.appendText(to: &text)
    let key = AdminFixture.text(text.bytes)
    func connect(_ mac: String, _ key: String, link: Int = 0) -> [String] {
      admin.call(
        "ETHInterface_beginConnection",
        "d15:interfaceNumberi\(link)e10:macAddress\(mac.count):\(mac)8:password2:pw"
          + "9:publicKey\(key.count):\(key)e")
    }
    #expect(connect("02:00:00:00:00:0a", "x") == ["d5:error17:invalid publicKeye"])
    #expect(connect("10.0.0.1:5", key) == ["d5:error18:invalid macAddresse"])
    #expect(connect("02:00:00:00:00:0a", key, link: 1) == ["d5:error23:invalid interfaceNumbere"])
    #expect(connect("02:00:00:00:00:0a", key) == ["d5:error4:nonee"])
    #expect(admin.call("InterfaceController_peerStats")[0].contains("17:02:00:00:00:00:0a"))
  }
}
