import Bytes
import Testing
import Wire

@testable import Admin

@Suite struct AuthenticationTests {
  static let denied = "d5:error12:Auth failed.e"
  static let unknown =
    "d5:error65:No functions matched your request, try Admin_availableFunctions()e"

  @Test func `a request with the right hash is let in`() {
    let admin = AdminFixture()
    #expect(admin.call("ping", txid: "x") == ["d1:q4:pong4:txid1:xe"])
  }

  @Test func `without it a function that needs it does not exist`() {
    let admin = AdminFixture()
    #expect(admin.send("d1:q24:AuthorizedPasswords_liste") == [Self.unknown])
    #expect(admin.send("d1:q7:no_suche") == [Self.unknown])
  }

  @Test(arguments: [0, 1, 20]) func `a cookie is good for twenty seconds`(age: UInt64) {
    let admin = AdminFixture()
    let request = admin.request("ping")
    admin.unixSeconds += age
    #expect(admin.send(request) == ["d1:q4:ponge"])
  }

  @Test func `an older cookie and one of the future are refused`() {
    let admin = AdminFixture()
    let request = admin.request("ping")
    admin.unixSeconds += 21
    #expect(admin.send(request) == [Self.denied])
    admin.unixSeconds -= 22
    #expect(admin.send(request) == [Self.denied])
  }

  @Test func `every changed bit of a request is noticed`() {
    let admin = AdminFixture()
    let request = admin.request("Core_exit", "d1:xi1ee", txid: "t")
    for index in request.indices {
      for bit in [UInt8(1), 0x20] {
        var changed = request
        changed[index] ^= bit
        let replies = admin.send(changed)
        #expect(!replies.contains("d5:error4:none4:txid1:te"), "byte \(index)")
        #expect(admin.waiting.isEmpty)
      }
    }
    #expect(admin.send(request) == ["d5:error4:none4:txid1:te"])
    #expect(admin.waiting.first?.request == .exit)
  }

  @Test(arguments: [53, 54, 60, 63, 64, 100])
  func `a long password is taken whole and cut at 63 bytes with its cookie`(count: Int) {
    let admin = AdminFixture(password: String(repeating: "p", count: count))
    let material = admin.password + Array("\(admin.unixSeconds)".utf8)
    #expect(admin.send(admin.request("ping", material: material)) == ["d1:q4:ponge"])
    let cut = Array(material.prefix(63))
    #expect(admin.send(admin.request("ping", material: cut)) == ["d1:q4:ponge"])
    let shorter = Array(material.prefix(62))
    #expect(admin.send(admin.request("ping", material: shorter)) == [Self.denied])
  }

  @Test func `a zero byte ends the password`() {
    let admin = AdminFixture(password: "abc\0def")
    let material = Array("abc\(admin.unixSeconds)".utf8)
    #expect(admin.send(admin.request("ping", material: material)) == ["d1:q4:ponge"])
  }

  @Test func `a copy of the hash in front of it and zero bytes do no harm`() {
    let admin = AdminFixture()
    var hash = AdminFixture.hexDigest(admin.password + Array("\(admin.unixSeconds)".utf8))
    // The copy stays what the first step made of it.
    let copy = hash
    var request = ""
    for _ in 0..<2 {
      request =
        "d2:aq4:ping4:argsd1:\0\(copy.count):\(copy)e6:cookiei\(admin.unixSeconds)e"
        + "4:hash64:\(hash)1:q4:authe"
      hash = AdminFixture.hexDigest(Array(request.utf8))
    }
    #expect(admin.send(request) == ["d1:q4:ponge"])
  }

  @Test func `with the password NONE all is allowed but a wrong hash`() {
    let admin = AdminFixture(password: "NONE")
    #expect(admin.send("d1:q30:InterfaceController_interfacese") == ["d6:ifacesle5:totali0ee"])
    #expect(admin.call("ping") == ["d1:q4:ponge"])
    var wrong = admin.request("ping")
    wrong[60] ^= 1
    #expect(admin.send(wrong) == [Self.denied])
  }

  @Test(arguments: [
    "d1:q4:authe", "d2:aq4:ping4:hash3:abc1:q4:authe", "d6:cookiei0e1:q4:authe",
    "d6:cookie20:999999999999999999991:q4:authe", "d6:cookie2:-11:q4:authe",
  ])
  func `half an authentication is none`(request: String) {
    #expect(AdminFixture().send(request) == [Self.denied])
  }
}
