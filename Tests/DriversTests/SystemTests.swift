import Bytes
import CSystem
import Cryptography
import Drivers
import Testing
import Wire

extension DriversTests {
  struct SystemTests {
    @Test(arguments: [
      ("root", 0, 0), ("nobody", 65534, 65533), ("1000", 1000, 100), ("last", 7, 8),
    ])
    func `a user is found by name or number`(name: String, user: UInt32, group: UInt32) {
      #expect(Self.find(name).map { [$0.user, $0.group] } == [user, group])
    }

    @Test(arguments: ["", "nobod", "nobody2", "broken", "minus", "huge", "x", "root:x", "short"])
    func `who is not there or not whole is not found`(name: String) {
      #expect(Self.find(name) == nil)
    }

    static func find(_ name: String) -> cs_user? {
      let passwd = [UInt8](
        """
        root:x:0:0:root:/root:/bin/bash
        broken:x:abc:1::/:
        minus:x:-1:1::/:
        huge:x:4294967295:1::/:
        short:x:3
        nobody:x:65534:65533:nobody:/:/bin/false
        nobody:x:1:1:another:/:/bin/false
        ann:x:1000:100::/home/ann:/bin/ash
        last:x:7:8::/:
        """.utf8)
      let name = [UInt8](name.utf8)
      var user = cs_user()
      return cs_user_parse(passwd, passwd.count, name, name.count, &user) == 0 ? user : nil
    }

    /// The kernel would take it for "leave it as it is", and a node of root would stay one.
    @Test(arguments: [(UInt32.max, 65534), (65534, UInt32.max)] as [(UInt32, UInt32)])
    func `nobody becomes the user with the number −1`(user: UInt32, group: UInt32) {
      #expect(throws: SystemError.invalid) {
        try Privileges.become(Privileges.User(id: user, group: group), keepNetAdmin: true)
      }
    }

    @Test func `random bytes differ, of either side and over the buffer's end`() {
      let entropy = SystemEntropy()
      var seen: Set<UInt64> = []
      for _ in 0..<1000 { seen.insert(entropy.randomUInt64()) }
      #expect(seen.count == 1000)
      var large = [UInt8](repeating: 0, count: 3000)
      var span = large.mutableSpan
      entropy.fillSecret(&span)
      #expect(Set(large).count == 256)
      var visible = [UInt8](repeating: 0, count: 3000)
      var visibleSpan = visible.mutableSpan
      entropy.fillPublic(&visibleSpan)
      #expect(Set(visible).count == 256)
    }

    @Test func `the clock does not stand still nor run back`() {
      let before = SystemClock.now
      var now = before
      while now == before { now = SystemClock.now }
      #expect(now > before)
      #expect(SystemClock.unixSeconds > 1_700_000_000)
    }

    @Test func `the arguments are those that the process was started with`() {
      let expected = CommandLine.arguments.map { [UInt8]($0.utf8) }
      #expect(Process.arguments == expected)
      #expect(Process.residentByteCount > 1 << 20)
    }

    @Test func `a file is read whole, up to a limit`() {
      let path = [UInt8]("/proc/self/cmdline".utf8)
      var content: UnsafeMutablePointer<UInt8>?
      var count = 0
      #expect(cs_read_file(path, path.count, 1 << 20, &content, &count) == 0)
      #expect(count > 0)
      cs_free(content)
      #expect(Int(cs_read_file(path, path.count, 3, &content, &count)) == CS_TOO_BIG)
      #expect(Int(cs_read_file([47, 0, 47], 3, 9, &content, &count)) == CS_INVALID)
      let missing = [UInt8]("/no/such/file".utf8)
      #expect(Int(cs_read_file(missing, missing.count, 9, &content, &count)) == CS_MISSING)
    }

    @Test func `a loop wakes for what can be read and at the deadline`() throws {
      let loop = cs_loop_open()
      defer { cs_close(loop) }
      let socket = try UDPSocket(bind: .ipv4(127, 0, 0, 1, port: 0))
      #expect(cs_loop_add(loop, socket.descriptor, 77) == 0)
      var tokens = [UInt32](repeating: 0, count: 8)
      #expect(cs_loop_wait(loop, &tokens, 8, 0) == 0)
      let start = SystemClock.now
      #expect(cs_loop_wait(loop, &tokens, 8, 20) == 0)
      #expect(SystemClock.now.since(start) >= 19)
      socket.send([UInt8(1)].span, to: socket.bound)
      #expect(cs_loop_wait(loop, &tokens, 8, 1000) == 1)
      #expect(tokens[0] == 77)
      #expect(cs_loop_remove(loop, socket.descriptor) == 0)
      #expect(cs_loop_wait(loop, &tokens, 8, 0) == 0)
    }
  }
}
