import Bytes
import Glibc
import Testing
import Wire

@testable import Drivers

extension DriversTests {
  /// Root, because a network namespace of its own is needed: the machine's devices are left alone.
  struct TunDeviceTests {
    static let isRoot = geteuid() == 0 && access("/dev/net/tun", R_OK | W_OK) == 0
    static let node = IPv6Address(text: [UInt8]("fc12:3456:789a:bcde::1".utf8).span)!
    static let other = IPv6Address(text: [UInt8]("fc99::2".utf8).span)!

    /// Runs `body` on a thread that has a network of its own, which ends with it.
    static func inNewNetwork(_ body: @escaping @Sendable () throws -> Void) throws {
      final class Work: @unchecked Sendable {
        let body: () throws -> Void
        var result: Result<Void, any Error> = .success(())
        init(_ body: @escaping () throws -> Void) { self.body = body }
      }
      let work = Work(body)
      var thread = pthread_t()
      let started = pthread_create(
        &thread, nil,
        { argument in
          let work = Unmanaged<Work>.fromOpaque(argument!).takeUnretainedValue()
          work.result = Result {
            guard DriversTests.TunDeviceTests.unshareNetwork() == 0 else {
              throw SystemError.permission
            }
            try work.body()
          }
          return nil
        }, Unmanaged.passUnretained(work).toOpaque())
      #expect(started == 0)
      pthread_join(thread, nil)
      try work.result.get()
    }

    /// unshare(CLONE_NEWNET), which the Glibc module does not show.
    static func unshareNetwork() -> Int32 {
      guard let symbol = dlsym(nil, "unshare") else { return -1 }
      return unsafeBitCast(symbol, to: (@convention(c) (Int32) -> Int32).self)(0x4000_0000)
    }

    @Test(.enabled(if: isRoot, "needs root and /dev/net/tun"))
    func `the device carries packets of the network in both directions`() throws {
      try Self.inNewNetwork {
        let tun = try TunDevice(name: [])
        #expect(!tun.name.isEmpty)
        #expect(!tun.isIPv6Disabled)
        #expect(tun.setUp(address: Self.node, mtu: 1304).isEmpty)
        // Twice is once.
        #expect(tun.setUp(address: Self.node, mtu: 1304).isEmpty)
        let socket = try UDPSocket(bind: .ipv6(Self.node, port: 0))
        socket.send([UInt8]("away".utf8).span, to: .ipv6(Self.other, port: 4000))

        let pool = FramePool(frameCount: 4)
        let packet = Self.packet(of: tun, pool: pool)
        #expect(packet.count == 52)
        #expect(IPv6Address(copying: packet.span.extracting(8..<24)) == Self.node)
        #expect(IPv6Address(copying: packet.span.extracting(24..<40)) == Self.other)

        // The answer: addresses and ports change places, which leaves the checksum right.
        var answer = [UInt8](packet[0..<8])
        for part in [24..<40, 8..<24, 42..<44, 40..<42, 44..<packet.count] {
          answer += packet[part]
        }
        let room = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: 100)
        defer { room.deallocate() }
        var source = LinkAddress()
        var count = -1
        // The kernel makes an address its own a little after it says so.
        for _ in 0..<100 where count < 0 {
          guard var frame = pool.take() else { throw SystemError.failed }
          frame.append(answer.span)
          tun.send(frame)
          usleep(10_000)
          count = socket.receive(into: room, source: &source)
        }
        #expect(tun.lostCount == 0)
        #expect(count == 4)
        #expect(source == .ipv6(Self.other, port: 4000))
      }
    }

    /// The first UDP packet from the device: the system sends its own before it.
    static func packet(of tun: TunDevice, pool: FramePool) -> [UInt8] {
      for _ in 0..<100 {
        switch tun.receive(pool: pool) {
        case .packet(let packet):
          if packet.count > 40, packet.span[6] == 17 { return [UInt8](copying: packet.span) }
        case .none: usleep(10_000)
        case .gone: return []
        }
      }
      return []
    }

    @Test(.enabled(if: isRoot, "needs root and /dev/net/tun"))
    func `a device gets the name that is wanted, and only one node has it`() throws {
      try Self.inNewNetwork {
        let tun = try TunDevice(name: [UInt8]("cjdns7".utf8))
        #expect(tun.name == [UInt8]("cjdns7".utf8))
        #expect(throws: TunDevice.Failure.device(.inUse)) {
          _ = try TunDevice(name: [UInt8]("cjdns7".utf8))
        }
      }
    }

    @Test(arguments: ["a-name-of-16-byte", "a/b", "tun%d"])
    func `a name that no device can have is refused`(name: String) {
      #expect(throws: TunDevice.Failure.name) { _ = try TunDevice(name: [UInt8](name.utf8)) }
    }

    @Test(.enabled(if: isRoot, "needs root and /dev/net/tun"))
    func `where IPv6 is switched off it is said`() throws {
      try Self.inNewNetwork {
        let file = open("/proc/sys/net/ipv6/conf/default/disable_ipv6", O_WRONLY)
        defer { close(file) }
        guard file >= 0, write(file, "1", 1) == 1 else { return }
        let tun = try TunDevice(name: [])
        #expect(tun.isIPv6Disabled)
        #expect(!tun.setUp(address: Self.node, mtu: 1304).isEmpty)
      }
    }
  }
}
