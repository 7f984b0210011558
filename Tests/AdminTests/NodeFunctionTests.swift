import Bytes
import Cryptography
import Node
import Peering
import Routing
import Switching
import Testing
import Wire

@testable import Admin

@Suite struct NodeFunctionTests {
  static let stranger = "v0zyvrjuc4xbzh4n9c4k3qpx7kg8xgndv2k45j9nfgb373m8sss0.k"

  static func error(_ text: String) -> [String] { ["d5:error\(text.utf8.count):\(text)e"] }

  // MARK: Users

  @Test func `users are added, listed by page, removed and flushed`() {
    let admin = AdminFixture()
    for i in 0..<20 {
      #expect(
        admin.call("AuthorizedPasswords_add", "d8:password8:secret\(10 + i)4:user3:u\(10 + i)e")
          == Self.error("none"))
    }
    #expect(
      admin.call("AuthorizedPasswords_add", "d8:password9:otherwise4:user3:u10e")
        == Self.error("Password already added."))
    #expect(
      admin.call("AuthorizedPasswords_add", "d8:password8:secret104:user5:othere")
        == Self.error("Password already added."))
    let first = admin.call("AuthorizedPasswords_list")[0]
    #expect(first.hasPrefix("d5:totali20e5:usersl3:u10") && first.contains("3:u25"))
    #expect(
      admin.call("AuthorizedPasswords_list", "d4:pagei1ee")
        == ["d5:totali20e5:usersl3:u263:u273:u283:u29ee"])
    #expect(admin.call("AuthorizedPasswords_list", "d4:pagei9ee") == ["d5:totali20e5:userslee"])
    #expect(admin.call("AuthorizedPasswords_remove", "d4:user3:u11e") == Self.error("none"))
    #expect(
      admin.call("AuthorizedPasswords_remove", "d4:user3:u11e") == Self.error("Unknown error."))
    // Beacons keep their user.
    let link = admin.addLink()
    admin.node.setBeacon(link: link, mode: .accept, port: 1, targets: [], at: admin.now)
    #expect(admin.call("AuthorizedPasswords_flush") == Self.error("none"))
    #expect(admin.call("AuthorizedPasswords_list") == ["d5:totali1e5:usersl11:Local Peersee"])
  }

  @Test(arguments: [
    ("d8:password1:xe", "none"), ("d4:ipv62:zz8:password5:helloe", "Invalid IPv6 Address"),
    ("d8:authTypei2e8:password5:helloe", "Specified auth type is not supported."),
    ("d8:authTypei1e8:password5:helloe", "none"),
    ("d8:password0:e", "password must have 1 to 64 bytes"),
  ])
  func `a user is checked`(arguments: String, error: String) {
    #expect(AdminFixture().call("AuthorizedPasswords_add", arguments) == Self.error(error))
  }

  // MARK: Peers

  @Test(arguments: [
    ("7:address7:1.2.3.4", "unable to parse ip address and port."),
    ("7:address11:example:123", "unable to parse ip address and port."),
    ("7:address9:[::1]:123", "different address type than this socket is bound to."),
    ("7:address9:1.2.3.4:515:interfaceNumberi9e", "no such interface for interfaceNumber"),
    ("7:address9:1.2.3.4:515:interfaceNumberi-1e", "no such interface for interfaceNumber"),
  ])
  func `a connection to nowhere is refused`(arguments: String, error: String) {
    let admin = AdminFixture()
    _ = admin.addLink()
    let rest = "8:password6:secret9:publicKey54:\(Self.stranger)"
    #expect(
      admin.call("UDPInterface_beginConnection", "d\(arguments)\(rest)e") == Self.error(error))
  }

  @Test func `a peer is connected, shown, reset and dropped`() throws {
    let admin = AdminFixture()
    _ = admin.addLink()
    let rest = "7:address9:0.0.0.0:58:peerName3:bob9:publicKey54:\(Self.stranger)"
    #expect(
      admin.call("UDPInterface_beginConnection", "d\(rest)e")
        == Self.error("Entry [password] is required and must be of type [String]"))
    #expect(
      admin.call("UDPInterface_beginConnection", "d8:password6:secret\(rest)e")
        == Self.error("none"))
    let stats = try #require(admin.send("d1:q29:InterfaceController_peerStatse").first)
    #expect(stats.contains(Self.stranger) && stats.contains("4:user3:bob"))
    // "Any address" stands for this machine.
    #expect(stats.contains("6:lladdr11:127.0.0.1:5") && stats.hasSuffix("5:totali1ee"))
    let key = "d6:pubkey54:\(Self.stranger)e"
    #expect(admin.call("InterfaceController_resetPeering", key) == ["d7:successi1ee"])
    #expect(admin.call("InterfaceController_resetPeering") == ["d7:successi1ee"])
    #expect(
      admin.call("InterfaceController_disconnectPeer", key)
        == ["d20:sessionsDisconnectedi1e7:successi1ee"])
    #expect(
      admin.call("InterfaceController_disconnectPeer", key)
        == ["d5:error26:no peer found for that key7:successi0ee"])
    #expect(
      admin.call("InterfaceController_disconnectPeer", "d6:pubkey4:junke")
        == ["d5:error7:bad key7:successi0ee"])
  }

  // MARK: Late answers

  static func answered(_ token: UInt32, _ admin: AdminFixture) -> [String] {
    let route = Route(
      key: admin.node.identity.publicKey, address: admin.node.address, version: 20,
      label: Label(0x13))
    admin.server.handle(
      .router(
        .answered(token: token, from: route, milliseconds: 7, nodes: [route], scheme: nil)),
      node: &admin.node, at: admin.now, unixSeconds: admin.unixSeconds)
    return admin.take()
  }

  @Test func `the answer of another router goes to who asked, once`() throws {
    let admin = AdminFixture()
    let node = "v20.0000.0000.0000.0013.\(Self.stranger)"
    #expect(admin.call("RouterModule_getPeers", "d4:path78:\(node)e", txid: "p").isEmpty)
    let token = try #require(admin.server.pending.first?.token)
    let replies = Self.answered(token, admin)
    #expect(replies.count == 1 && replies[0].hasPrefix("d5:error4:none2:msi7e5:peersl78:v20."))
    #expect(replies[0].hasSuffix("6:result5:peers4:txid1:pe"))
    #expect(Self.answered(token, admin).isEmpty)
  }

  @Test func `who was silent for thirty seconds gets no late answer`() throws {
    let admin = AdminFixture()
    let node = "v20.0000.0000.0000.0013.\(Self.stranger)"
    for silence in [30_000 as UInt64, 30_001] {
      admin.call("RouterModule_pingNode", "d4:path78:\(node)7:timeouti60000ee")
      let token = try #require(admin.server.pending.last?.token)
      admin.now = admin.now + silence
      #expect(Self.answered(token, admin).isEmpty == (silence > 30_000))
    }
  }

  @Test func `questions that nobody answers are bounded`() {
    let admin = AdminFixture()
    let path = "d4:path19:0000.0000.0000.00137:timeouti60000ee"
    var refusals = 0
    for _ in 0..<200 {
      refusals += admin.call("SwitchPinger_ping", path).count { $0.contains("no open slots") }
    }
    #expect(refusals >= 200 - AdminServer.pendingCountMax)
    #expect(admin.server.pending.count <= AdminServer.pendingCountMax)
  }

  @Test func `a search is told step by step and shown while it runs`() throws {
    let admin = AdminFixture()
    let target = "fc00:0000:0000:0000:0000:0000:0000:0001"
    admin.call("SearchRunner_search", "d4:ipv639:\(target)e", txid: "s")
    let token = try #require(admin.server.pending.first?.token)
    let route = Route(
      key: admin.node.identity.publicKey, address: admin.node.address, version: 20,
      label: Label(0x13))
    admin.server.handle(
      .router(.searchStep(token: token, from: route, milliseconds: 3, nodes: [])),
      node: &admin.node, at: admin.now, unixSeconds: admin.unixSeconds)
    let step = try #require(admin.take().first)
    #expect(step.hasPrefix("d4:from78:v20.") && step.hasSuffix("2:msi3e5:nodesle4:txid1:se"))
    let shown = try #require(admin.call("SearchRunner_showActiveSearch", "d6:numberi0ee").first)
    #expect(shown.hasPrefix("d14:activeSearchesi1e5:error4:none13:lastNodeAsked78:v20."))
    #expect(shown.hasSuffix("6:target39:\(target)13:totalRequestsi1ee"))
    admin.server.handle(
      .router(.searchDone(token: token)), node: &admin.node, at: admin.now,
      unixSeconds: admin.unixSeconds)
    #expect(admin.take() == ["d8:completei1e5:error4:none4:txid1:se"])
    #expect(
      admin.call("SearchRunner_showActiveSearch", "d6:numberi0ee")
        == ["d14:activeSearchesi0e5:error4:nonee"])
  }

  @Test func `a txid too long to keep is refused where the answer is late`() {
    let admin = AdminFixture()
    let reply = admin.call("Core_pid", txid: String(repeating: "t", count: 257))
    #expect(reply.first?.contains("txid must not be longer") == true)
  }

  // MARK: Texts

  @Test(arguments: [
    "", "v", "v20", "v20.0000.0000.0000.0013.", "v.0000.0000.0000.0013.\(stranger)",
    "v20.0000.0000.0000.00130.\(stranger)", "20.0000.0000.0000.0013.\(stranger)",
    "v9999999999.0000.0000.0000.0013.\(stranger)", "v20.0000.0000.0000.0013.\(stranger) ",
    "v20.0000.0000.0000.0013.zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz.k",
  ])
  func `what is no node address is refused`(text: String) {
    let bytes = Array(text.utf8)
    let address = NodeAddress(text: bytes.span)
    #expect(address == nil)
  }

  @Test func `a node address is read as it is written`() {
    let text = "v20.0000.0000.0000.0013.\(Self.stranger)"
    let bytes = Array(text.utf8)
    let address = NodeAddress(text: bytes.span)
    #expect(address?.version == 20 && address?.label == Label(0x13))
    #expect(address?.text == bytes)
  }
}
