import Bytes
import Testing
import Wire

@testable import Admin

/// What the Python library of the contrib folder does when it connects (admin.md section 10).
@Suite struct PythonClientTests {
  @Test func `a session of the Python client works`() throws {
    let admin = AdminFixture()
    // It takes any reply that ends so for a living node.
    let pong = try #require(admin.send("d1:q4:pinge").first)
    #expect(pong.hasSuffix("1:q4:ponge"))
    // It pages through the functions, the query first and without a txid, until `more` is missing.
    var page = 0
    var listing = ""
    repeat {
      listing = try #require(
        admin.send("d1:q24:Admin_availableFunctions4:argsd4:pagei\(page)eee").first)
      #expect(!listing.contains("4:txid"))
      page += 1
    } while listing.contains("4:morei1e")
    #expect(page > 1 && page < 20)
    // It makes an authenticated ping: no `error` means that the password is right.
    let reply = try #require(admin.call("ping", txid: "AAAAAAAAAA").first)
    #expect(reply == "d1:q4:pong4:txid10:AAAAAAAAAAe")
    // Every two seconds it says that it is there, and gives up after ten without an answer.
    for _ in 0..<60 {
      admin.now = admin.now + 2000
      admin.unixSeconds += 2
      #expect(
        admin.send("d1:q18:Admin_asyncEnabled4:txid8:keepalive")
          == ["d12:asyncEnabledi1e4:txid8:keepalive"])
    }
    // Left-out numbers are sent as two apostrophes.
    let stats = admin.call("InterfaceController_peerStats", "d4:page2:''e", txid: "BBBBBBBBBB")
    #expect(stats == ["d5:peersle5:totali0e4:txid10:BBBBBBBBBBe"])
    #expect(
      admin.call("AuthorizedPasswords_add", "d4:ipv60:8:password6:secret4:user0:e")
        == ["d5:error4:nonee"])
    let subscribed = try #require(
      admin.call("AdminLog_subscribe", "d4:file0:5:level5:DEBUG4:line2:''e", txid: "C").first)
    #expect(subscribed.contains("8:streamId16:") && subscribed.contains("5:error4:none"))
  }

  @Test func `a wrong password is told by an error`() throws {
    let admin = AdminFixture()
    let material = Array("wrong\(admin.unixSeconds)".utf8)
    #expect(
      admin.send(admin.request("ping", txid: "x", material: material))
        == ["d5:error12:Auth failed.4:txid1:xe"])
  }
}
