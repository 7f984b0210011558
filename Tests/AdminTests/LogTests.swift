import Bytes
import Node
import Testing
import Wire

@testable import Admin

@Suite struct LogTests {
  static func subscribe(
    _ admin: AdminFixture, _ arguments: String, from source: LinkAddress = AdminFixture.client
  ) -> String {
    admin.call("AdminLog_subscribe", arguments, txid: "s", from: source)[0]
  }

  static func log(_ admin: AdminFixture, _ level: LogLevel, line: Int = 5) -> [String] {
    let event = NodeEvent.log(level, LogLine(source: "Peering", line: line, text: [104, 105]))
    admin.server.handle(event, node: &admin.node, at: admin.now, unixSeconds: admin.unixSeconds)
    return admin.take()
  }

  @Test func `a subscriber gets its level and higher ones`() throws {
    let admin = AdminFixture()
    let reply = Self.subscribe(admin, "d5:level4:infoe")
    let stream = try #require(reply.firstMatch(of: /8:streamId16:([0-9a-f]{16})4:txid1:s/)).1
    #expect(Self.log(admin, .debug).isEmpty)
    #expect(
      Self.log(admin, .warn) == [
        "d4:file7:Peering5:level4:WARN4:linei5e7:message2:hi8:streamId16:\(stream)"
          + "4:timei1700000000e4:txid1:se"
      ])
    #expect(admin.call("AdminLog_unsubscribe", "d8:streamId16:\(stream)e") == ["d5:error4:nonee"])
    #expect(Self.log(admin, .warn).isEmpty)
    #expect(
      admin.call("AdminLog_unsubscribe", "d8:streamId16:\(stream)e")
        == ["d5:error21:No such subscription.e"])
  }

  @Test func `the node makes no more lines than somebody wants`() {
    let admin = AdminFixture()
    #expect(admin.node.logLevel == .info)
    _ = Self.subscribe(admin, "d5:level5:DEBUGe")
    #expect(admin.node.logLevel == .debug)
    _ = Self.subscribe(admin, "d5:level5:boguse")
    #expect(admin.node.logLevel == .keys)
    // Whoever is silent for 30 s is forgotten at the next line.
    admin.now = admin.now + 30_001
    #expect(Self.log(admin, .error).isEmpty)
    #expect(admin.node.logLevel == .info)
  }

  @Test func `lines are chosen by file and number`() {
    let admin = AdminFixture()
    _ = Self.subscribe(admin, "d4:file7:Peering4:linei5ee")
    _ = Self.subscribe(admin, "d4:file7:Routinge")
    #expect(Self.log(admin, .info, line: 5).count == 1)
    #expect(Self.log(admin, .info, line: 6).isEmpty)
  }

  @Test func `a subscriber stays as long as it says something`() {
    let admin = AdminFixture()
    _ = Self.subscribe(admin, "de")
    for _ in 0..<10 {
      admin.now = admin.now + 29_000
      #expect(admin.send("d1:q18:Admin_asyncEnablede") == ["d12:asyncEnabledi1ee"])
      #expect(Self.log(admin, .info).count == 1)
    }
    admin.now = admin.now + 30_001
    #expect(admin.send("d1:q18:Admin_asyncEnablede") == ["d12:asyncEnabledi0ee"])
    #expect(Self.log(admin, .info).isEmpty)
  }

  @Test func `no more than 64 subscriptions are kept`() {
    let admin = AdminFixture()
    for _ in 0..<64 { #expect(Self.subscribe(admin, "de").contains("8:streamId")) }
    let full = "d5:error31:Max subscription count reached.4:txid1:se"
    #expect(Self.subscribe(admin, "de") == full)
    // Those whose subscriber is gone make place.
    admin.now = admin.now + 31_000
    let other = LinkAddress.ipv4(127, 0, 0, 1, port: 40001)
    #expect(Self.subscribe(admin, "de", from: other).contains("8:streamId"))
    #expect(admin.server.subscriptions.count == 1)
  }

  @Test func `a flood of lines is cut, counted and told`() {
    let admin = AdminFixture()
    _ = Self.subscribe(admin, "d5:level5:debuge")
    let replies = admin.call("AdminLog_logMany", "d5:counti9223372036854775807ee")
    #expect(replies.count == AdminServer.waitingLineCountMax + 1)
    #expect(replies.last == "d5:error4:nonee")
    #expect(admin.call("AdminLog_subscriptions")[0].contains("7:droppedi872e"))
    let later = Self.log(admin, .info)
    #expect(later.count == 2 && later[0].contains("872 lines of this subscription were dropped"))
    #expect(Self.log(admin, .info).count == 1)
  }

  @Test(arguments: [
    (
      "d4:linei-1ee",
      "d5:error77:Invalid line number, must be positive or 0 to signify any line is acceptable."
        + "4:txid1:se"
    )
  ])
  func `a bad subscription is refused`(arguments: String, reply: String) {
    #expect(Self.subscribe(AdminFixture(), arguments) == reply)
  }

  @Test(arguments: ["2:zz", "16:0123456789abcdeg", "0:", "15:0123456789abcde"])
  func `a stream is named by 16 hex digits`(name: String) {
    #expect(
      AdminFixture().call("AdminLog_unsubscribe", "d8:streamId\(name)e")
        == ["d5:error17:Invalid streamId.e"])
  }

  @Test func `with the log on the standard output there is nothing to subscribe to`() {
    let admin = AdminFixture(logsToStdout: true)
    #expect(Self.subscribe(admin, "de").contains("No functions matched"))
  }

  @Test func `the table of callers is bounded and the longest silent makes place`() {
    let admin = AdminFixture()
    for port in 1...40 {
      admin.now = admin.now + 1
      admin.call("ping", from: .ipv4(10, 0, 0, 1, port: UInt16(port)))
    }
    #expect(admin.server.callers.count == AdminServer.callerCountMax)
    let ask = "d1:q18:Admin_asyncEnablede"
    #expect(admin.send(ask, from: .ipv4(10, 0, 0, 1, port: 8)) == ["d12:asyncEnabledi0ee"])
    #expect(admin.send(ask, from: .ipv4(10, 0, 0, 1, port: 9)) == ["d12:asyncEnabledi1ee"])
  }
}
