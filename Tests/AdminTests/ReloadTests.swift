import Bytes
import Cryptography
import Node
import Peering
import Testing
import Wire

@testable import Admin

/// What a program needs that brings a node in step with a file.
@Suite struct ReloadTests {
  static let key = NodeFunctionTests.stranger

  static func connect(_ rest: String, address: String = "10.0.0.1:5") -> String {
    "d7:address\(address.count):\(address)\(rest)8:password2:pw9:publicKey\(key.count):\(key)e"
  }

  @Test func `a peer is told again, and taken back`() {
    let admin = AdminFixture()
    _ = admin.addLink()
    func change(_ text: String) -> [String] { ["d6:change\(text.count):\(text)5:error4:nonee"] }
    let keep = "4:keepi1e"
    #expect(admin.call("UDPInterface_beginConnection", Self.connect(keep)) == change("new"))
    #expect(admin.call("UDPInterface_beginConnection", Self.connect(keep)) == change("none"))
    #expect(
      admin.call("UDPInterface_beginConnection", Self.connect(keep + "5:login1:x"))
        == change("changed"))
    #expect(
      admin.call("UDPInterface_beginConnection", Self.connect("")) == ["d5:error4:nonee"])
    #expect(
      admin.call("InterfaceController_peerStats")[0].contains("10:configured10:10.0.0.1:5"))
    func back(_ address: String, link: Int = 0) -> [String] {
      admin.call(
        "InterfaceController_disconnectPeer",
        "d7:address\(address.count):\(address)15:interfaceNumberi\(link)e"
          + "6:pubkey\(Self.key.count):\(Self.key)e")
    }
    let unknown = ["d5:error26:no peer found for that key7:successi0ee"]
    #expect(back("10.0.0.2:5") == unknown)
    #expect(back("10.0.0.1:5", link: 1) == unknown)
    #expect(back("junk") == ["d5:error11:bad address7:successi0ee"])
    #expect(back("10.0.0.1:5") == ["d20:sessionsDisconnectedi1e7:successi1ee"])
    #expect(back("10.0.0.1:5") == unknown)
  }

  @Test func `a user is told again`() {
    let admin = AdminFixture()
    func add(_ arguments: String) -> String {
      admin.call("AuthorizedPasswords_add", "d4:keepi1e\(arguments)e")[0]
    }
    #expect(add("8:password1:a4:user1:u") == "d6:change3:new5:error4:none4:user1:ue")
    #expect(add("8:password1:a4:user1:u") == "d6:change4:none5:error4:none4:user1:ue")
    #expect(add("8:password1:b4:user1:u") == "d6:change7:changed5:error4:none4:user1:ue")
    #expect(add("8:password1:c") == "d6:change3:new5:error4:none4:user7:Anon #1e")
    #expect(add("8:password0:4:user1:u") == "d5:error32:password must have 1 to 64 bytese")
    #expect(
      admin.call("AuthorizedPasswords_list") == ["d5:totali2e5:usersl1:u7:Anon #1ee"])
  }

  @Test func `settings are told to who knows the password`() {
    let admin = AdminFixture()
    #expect(admin.call("Core_settings") == ["d8:settingslee"])
    admin.server.settings = [Array("a: b".utf8), Array("c: d".utf8)]
    #expect(admin.call("Core_settings") == ["d8:settingsl4:a: b4:c: dee"])
    #expect(admin.send("d1:q13:Core_settingse")[0].contains("No functions matched"))
    let number = admin.node.addLink(family: .ethernet)!
    admin.server.linkOpened(number, device: [97], settings: Array("ETH a: x".utf8))
    // A new name of the device changes nothing of it.
    admin.server.linkOpened(number, device: [98])
    #expect(
      admin.call("InterfaceController_interfaces")[0]
        .contains("4:name5:ETH/b8:settings8:ETH a: xe"))
  }

  @Test func `a device is waited for if asked`() {
    let admin = AdminFixture()
    func open(_ arguments: String) -> [String] {
      admin.call("ETHInterface_new", "d10:bindDevice4:eth0\(arguments)e")
    }
    #expect(open("7:network1:n5:statei2e4:waiti1e").isEmpty)
    #expect(
      admin.waiting.last?.request
        == .followEthernet(device: Array("eth0".utf8), network: [110], beacon: .send))
    #expect(open("4:waiti1e").isEmpty)
    #expect(
      admin.waiting.last?.request
        == .followEthernet(device: Array("eth0".utf8), network: nil, beacon: .off))
    #expect(open("4:waiti2e").isEmpty)
    #expect(admin.waiting.last?.request == .openEthernet(device: Array("eth0".utf8)))
    #expect(open("5:statei3e4:waiti1e") == NodeFunctionTests.error("invalid state"))
    #expect(
      open("7:network64:\(String(repeating: "x", count: 64))4:waiti1e")
        == NodeFunctionTests.error("bindDevice or network is too long"))
  }

  @Test(arguments: ["hunter2", "NONE", "", String(repeating: "long", count: 30)])
  func `what a client of ours asks is understood, and it understands the answer`(
    password: String
  ) {
    let admin = AdminFixture(password: password)
    let cookie = AdminAnswer(admin.bytes(Array("d1:q6:cookiee".utf8))).text("cookie")
    #expect(cookie == Array("\(admin.unixSeconds)".utf8))
    func ask(_ order: AdminOrder, password: [UInt8]? = nil) -> AdminAnswer {
      AdminAnswer(
        admin.bytes(order.datagram(password: password ?? admin.password, cookie: cookie)))
    }
    let order = AdminOrder("AuthorizedPasswords_add")
    order.put("keep", 1)
    order.put("password", [0, 255])
    order.put("user", Array("ann".utf8))
    order.put("ipv6", nil)
    let answer = ask(order)
    #expect(answer.error == nil && answer.text("user") == Array("ann".utf8))
    #expect(answer.number("user") == 0 && answer.text("nothing").isEmpty)
    let list = ask(AdminOrder("AuthorizedPasswords_list"))
    #expect(list.elements("users") == [Array("ann".utf8)] && list.number("total") == 1)
    #expect(list.elements("total").isEmpty && list.elements("none").isEmpty)
    _ = admin.addLink()
    let links = ask(AdminOrder("InterfaceController_interfaces")).elements("ifaces")
    #expect(links.count == 1)
    #expect(AdminAnswer(links[0]).text("beaconState") == Array("DISABLED".utf8))
    let wrong = ask(AdminOrder("ping"), password: [1])
    #expect(wrong.error == Array("Auth failed.".utf8))
    let devices = AdminOrder("UDPInterface_setBroadcastDevices")
    devices.put("devices", [[97], [98]])
    _ = admin.send(devices.datagram(password: admin.password, cookie: cookie))
    #expect(admin.waiting.last?.request == .setBeaconDevices(link: 0, [[97], [98]]))
    #expect(AdminAnswer([1, 2, 3]).text("x").isEmpty && AdminAnswer([]).error == nil)
  }
}

extension AdminFixture {
  /// The only reply to a datagram.
  func bytes(_ datagram: [UInt8]) -> [UInt8] {
    replies = []
    send(datagram)
    return replies.count == 1 ? replies[0].bytes : []
  }
}
