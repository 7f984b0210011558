import Bytes
import Cryptography
import Testing
import Wire

@testable import Admin

@Suite struct RequestTests {
  @Test func `the table has a line for each function and names them alike`() {
    var count = 0
    AdminSignature.forEach(from: .adminLogLogMany) { signature in
      var name = ""
      for i in signature.name { name.unicodeScalars.append(.init(AdminSignature.text[i])) }
      let spelled = name.replacing("_", with: "").lowercased()
      let function = String(describing: signature.function).lowercased()
      #expect(function == spelled || function == spelled + "2013")
      count += 1
      return true
    }
    #expect(AdminFunction(rawValue: UInt8(count)) == nil)
    #expect(AdminFunction(rawValue: UInt8(count - 1)) != nil)
  }

  @Test(arguments: [
    "hello", "", "d", "de", "le", "i1e", "d1:x1:ye", "d1:qi1ee", "d1:q4:pinge\n", "d1:q4:pingexx",
    "d1:q04:pinge", "d1:q4:ping1:q9:Core_pid1:z1:ze",
  ])
  func `what is no request is not answered`(datagram: String) {
    #expect(AdminFixture().send(datagram) == [])
  }

  @Test(arguments: [
    ("d1:q4:pinge", "d1:q4:ponge"), ("d0000001:q4:pinge", "d1:q4:ponge"),
    ("d4:txid1:x1:q4:pinge", "d1:q4:pong4:txid1:xe"),
    ("d1:q4:ping4:txid0:e", "d1:q4:ponge"), ("d1:q4:ping4:txidi5ee", "d1:q4:ponge"),
    ("d1:q4:ping4:txid3:\u{0}\u{ff}\u{1}e", "d1:q4:pong4:txid3:\u{0}\u{ff}\u{1}e"),
    ("d1:q6:cookiee", "d6:cookie10:1700000000e"),
    ("d1:q6:cookie4:txid1:xe", "d6:cookie10:17000000004:txid1:xe"),
  ])
  func `a request is answered`(request: String, reply: String) {
    #expect(AdminFixture().send(request) == [reply])
  }

  @Test func `a request of 4096 bytes is taken and a longer one refused`() {
    let admin = AdminFixture()
    let fits = "d1:q4:ping4:txid4074:" + String(repeating: "a", count: 4074) + "e"
    #expect(fits.count == 4096)
    #expect(admin.send(fits).first?.hasPrefix("d1:q4:pong4:txid4074:a") == true)
    let tooLong = "d1:q4:ping4:txid4075:" + String(repeating: "a", count: 4075) + "e"
    #expect(admin.send(tooLong) == ["d5:error16:Request too big.e"])
  }

  @Test func `a required argument must be there and of its type`() {
    let admin = AdminFixture()
    let error = "d5:error53:Entry [root] is required and must be of type [String]e"
    for arguments in [nil, "de", "d4:rooti5ee", "d4:rootdee", "d4:user3:bobe", "le"] {
      #expect(admin.call("Security_chroot", arguments) == [error])
    }
    #expect(
      admin.call("SessionManager_sessionStats", "d6:handle1:1e")
        == ["d5:error52:Entry [handle] is required and must be of type [Int]e"])
    admin.addLinkAndIgnore()
    #expect(
      admin.call("UDPInterface_setBroadcastDevices")
        == ["d5:error54:Entry [devices] is required and must be of type [List]e"])
  }

  @Test func `an optional argument of another type counts as absent`() {
    let admin = AdminFixture()
    let first = admin.send("d1:q24:Admin_availableFunctionse")
    #expect(admin.send("d4:argsd4:page2:''e1:q24:Admin_availableFunctionse") == first)
    #expect(admin.send("d4:argsi5e1:q24:Admin_availableFunctionse") == first)
  }

  @Test(arguments: [false, true])
  func `paging through the functions ends for both kinds of clients`(logsToStdout: Bool) {
    let admin = AdminFixture(logsToStdout: logsToStdout)
    var names: Set<String> = []
    var page = 0
    while true {
      let reply = admin.send("d4:argsd4:pagei\(page)ee1:q24:Admin_availableFunctionse")[0]
      let found = Set(
        reply.matches(of: /[0-9]+:([A-Za-z]+_[A-Za-z0-9]+|ping|memory)d/).map { String($0.1) })
      #expect(found.count <= 8)
      names.formUnion(found)
      if found.isEmpty {
        #expect(!reply.contains("4:more"))
        break
      }
      #expect(reply.contains("4:morei1e") == (found.count == 8))
      page += 1
    }
    #expect(names.contains("AdminLog_subscribe") != logsToStdout)
    #expect(names.contains("ping") && names.contains("Core_stopTun"))
    var count = 0
    AdminSignature.forEach(from: logsToStdout ? .firstBehindLog : .adminLogLogMany) { _ in
      count += 1
      return true
    }
    #expect(names.count == count)
    for page in [-1, Int64.min, Int64.max] {
      #expect(
        admin.send("d4:argsd4:pagei\(page)ee1:q24:Admin_availableFunctionse")
          == ["d18:availableFunctionsdee"])
    }
  }

  @Test func `random and mutated datagrams are survived`() {
    let admin = AdminFixture(password: "NONE")
    let random = SeededEntropy(seed: 99)
    var names: [String] = []
    AdminSignature.forEach(from: .adminLogLogMany) { signature in
      var name = ""
      for i in signature.name { name.unicodeScalars.append(.init(AdminSignature.text[i])) }
      names.append(name)
      return true
    }
    let values = [
      "i0e", "i-1e", "i9223372036854775807e", "i-9223372036854775808e", "0:", "2:''", "le",
      "l1:ae", "de", "19:0000.0000.0000.0001", "19:0000.0000.0000.0013", "7:[::1]:5",
      "39:fc00:0000:0000:0000:0000:0000:0000:0001", "19:ffff.ffff.ffff.ffff", "3:\u{0}a\u{ff}",
      "54:v0zyvrjuc4xbzh4n9c4k3qpx7kg8xgndv2k45j9nfgb373m8sss0.k", "14:127.0.0.1:2000",
    ]
    func pick<T>(_ list: [T]) -> T { list[Int(random.random(below: UInt64(list.count)))] }
    admin.addLinkAndIgnore()
    for round in 0..<1500 {
      let name = pick(names)
      var arguments = ""
      AdminSignature.forEach(from: .adminLogLogMany) { signature in
        signature.forEachArgument { argument in
          guard random.random(below: 4) != 0 else { return }
          var key = ""
          for i in argument.name { key.unicodeScalars.append(.init(AdminSignature.text[i])) }
          arguments += "\(key.count):\(key)\(pick(values))"
        }
        return arguments.count < 1500
      }
      let text = "d4:argsd\(arguments)e1:q\(name.count):\(name)4:txid1:te"
      var bytes = text.unicodeScalars.map { UInt8($0.value) }
      if round % 3 == 0 {
        for _ in 0..<3 {
          bytes[Int(random.random(below: UInt64(bytes.count)))] = UInt8(
            truncatingIfNeeded: random.next())
        }
      }
      admin.send(bytes)
      admin.now = admin.now + random.random(below: 500)
      while !admin.waiting.isEmpty {
        let results: [SystemResult] = [
          .ok, .failed([65]), .link(3, bound: .ipv4(1, 2, 3, 4, port: 5)), .names([[66]]),
          .addresses([.ipv4(1, 2, 3, 4, port: 5)]), .number(.max),
          .user(name: [67], id: 1, group: 2), .permissions(noOpenFiles: true, user: 0),
        ]
        _ = admin.finish(pick(results))
      }
    }
    #expect(admin.send("d1:q4:pinge") == ["d1:q4:ponge"])
    for reply in admin.replies {
      #expect((try? BencodeReader(reply.bytes.span, .admin)) != nil)
      #expect(Self.isSorted(reply.bytes), "\(AdminFixture.text(reply.bytes))")
    }
  }

  /// True if the keys of the outermost dictionary ascend.
  static func isSorted(_ bytes: [UInt8]) -> Bool {
    guard let reader = try? BencodeReader(bytes.span, .admin) else { return false }
    var keys: [[UInt8]] = []
    reader.forEachEntry(in: reader.range) { key, _ in keys.append(Array(bytes[key])) }
    return zip(keys, keys.dropFirst()).allSatisfy { $0.lexicographicallyPrecedes($1) }
  }
}

extension AdminFixture {
  func addLinkAndIgnore() { _ = addLink() }
}
