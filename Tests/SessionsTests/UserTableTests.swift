import Bytes
import Cryptography
import Testing
import Wire

@testable import Sessions

@Suite struct UserTableTests {
  private let random = SeededEntropy(seed: 5)
  private let now = Instant(milliseconds: 0)

  private func add(
    _ table: inout UserTable, _ password: String, _ login: String, _ address: IPv6Address? = nil
  ) throws(UserError) {
    try table.add(password: Array(password.utf8).span, login: Array(login.utf8), address: address)
  }

  /// The HELLO of somebody with a password.
  private func hello(
    to peer: PublicKey, password: String?, login: String?, from identity: Identity
  ) -> [UInt8] {
    let pool = FramePool(frameCount: 1)
    let session = Session(
      identity: identity, peer: peer, requireAuthentication: false, at: now)
    session.setCredentials(
      password: password.map { Array($0.utf8) }, login: login.map { Array($0.utf8) })
    var frame = pool.take()!
    session.encrypt(&frame, at: now, entropy: random)
    return copy(frame.span)
  }

  @Test func `logins are unique, sizes are checked, the table is bounded`() throws {
    var table = UserTable(capacity: 3)
    try add(&table, "pw", "a")
    #expect(throws: UserError.loginTaken) { try add(&table, "other", "a") }
    #expect(throws: UserError.passwordTaken) { try add(&table, "pw", "b") }
    #expect(throws: UserError.unusablePassword) { try add(&table, "", "b") }
    let long = String(repeating: "x", count: 65)
    #expect(throws: UserError.unusablePassword) { try add(&table, long, "b") }
    #expect(throws: UserError.unusableLogin) { try add(&table, "pw", long) }
    #expect(throws: UserError.unusableLogin) { try add(&table, "pw", "") }
    try add(&table, "pw2", "b")
    try add(&table, "pw3", "c")
    #expect(throws: UserError.full) { try add(&table, "pw4", "d") }
    #expect(table.login(at: 1) == Array("b".utf8))
    #expect(table.remove(login: Array("b".utf8)) == 1)
    #expect(table.remove(login: Array("b".utf8)) == 0)
    #expect(table.count == 2)
    table.removeAll()
    #expect(table.count == 0)
  }

  @Test func `both lookups find the user they name`() throws {
    let me = Identity.generate(random)
    let other = Identity.generate(random)
    var table = UserTable()
    try add(&table, "same", "first")
    try add(&table, "other", "second")
    try add(&table, "third", "third")
    func found(_ password: String?, _ login: String?) -> String? {
      let packet = hello(to: me.publicKey, password: password, login: login, from: other)
      return table.find(packet.span).map { String(decoding: $0.login, as: UTF8.self) }
    }
    #expect(found("same", nil) == "first")
    #expect(found("third", nil) == "third")
    #expect(found("whatever", "second") == "second")
    #expect(found("nobody", nil) == nil)
    #expect(found(nil, nil) == nil)
    for type: UInt8 in [0, 3, 4, 255] {
      var packet = hello(to: me.publicKey, password: "same", login: nil, from: other)
      packet[4] = type
      #expect(table.find(packet.span) == nil)
    }
  }

  @Test func `a HELLO is looked at closely before it costs anything`() throws {
    let me = Identity.generate(random)
    let other = Identity.generate(random)
    var table = UserTable()
    try add(&table, "pw", "somebody")
    try add(&table, "bound", "bound", other.publicKey.address)
    func peek(_ packet: [UInt8], required: Bool = true) -> PublicKey? {
      Session.peekHello(
        packet.span, identity: me, users: table, requireAuthentication: required)
    }
    let good = hello(to: me.publicKey, password: "pw", login: nil, from: other)
    #expect(peek(good) == other.publicKey)
    #expect(peek(Array(good.dropLast())) == nil)
    var key = good
    key[3] = 2
    #expect(peek(key) == nil)
    let open = hello(to: me.publicKey, password: nil, login: nil, from: other)
    #expect(peek(open) == nil)
    #expect(peek(open, required: false) == other.publicKey)
    let unknown = hello(to: me.publicKey, password: "guess", login: nil, from: other)
    #expect(peek(unknown) == nil)
    #expect(peek(unknown, required: false) == nil)
    #expect(peek(hello(to: me.publicKey, password: "pw", login: nil, from: me)) == nil)
    let bound = hello(to: me.publicKey, password: "bound", login: nil, from: other)
    #expect(peek(bound) == other.publicKey)
    let third = hello(
      to: me.publicKey, password: "bound", login: nil, from: Identity.generate(random))
    #expect(peek(third) == nil)
    var outside = good
    repeat { outside[50] &+= 1 } while PublicKey(copying: outside.span.extracting(40..<72)).isUsable
    #expect(peek(outside) == nil)
  }
}
