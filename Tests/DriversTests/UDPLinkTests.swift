import Bytes
import Testing
import Wire

@testable import Drivers

extension DriversTests {
  /// Real sockets on the loopback device.
  struct UDPLinkTests {
    static let loopbacks: [LinkAddress] = [
      .ipv4(127, 0, 0, 1, port: 0), LinkAddress(text: [UInt8]("[::1]:0".utf8).span)!,
    ]

    /// Sends `sizes` as one batch from one link to another and returns what arrives.
    static func exchange(_ sizes: [Int], over address: LinkAddress) throws -> [[UInt8]] {
      let pool = FramePool(frameCount: 512)
      let a = try UDPLink(bind: address, dscp: 46, beaconPort: 0)
      let b = try UDPLink(bind: address, dscp: 0, beaconPort: 0)
      for (number, size) in sizes.enumerated() {
        guard var frame = pool.take() else { throw SystemError.failed }
        frame.resize(to: size)
        var bytes = frame.mutableSpan
        for i in 0..<size { bytes[i] = UInt8(truncatingIfNeeded: number &* 31 &+ i) }
        a.send(frame, to: b.bound)
      }
      a.flush()
      #expect(a.lostCount == 0)
      var arrived: [[UInt8]] = []
      for _ in 0..<50 where arrived.count < sizes.count {
        b.receive(pool: pool)
        var source = LinkAddress()
        while let frame = b.next(pool: pool, source: &source) {
          #expect(source == a.bound)
          arrived.append([UInt8](copying: frame.span))
        }
      }
      return arrived
    }

    static func expected(_ sizes: [Int]) -> [[UInt8]] {
      sizes.enumerated().map { number, size in
        (0..<size).map { UInt8(truncatingIfNeeded: number &* 31 &+ $0) }
      }
    }

    @Test(arguments: loopbacks)
    func `a batch of equal frames arrives whole and in order`(address: LinkAddress) throws {
      let sizes = [Int](repeating: 1412, count: 60)
      #expect(try Self.exchange(sizes, over: address) == Self.expected(sizes))
    }

    @Test(arguments: loopbacks)
    func `a batch of frames of all sizes arrives whole and in order`(address: LinkAddress) throws {
      let sizes = [
        1, 4, 3496, 120, 120, 120, 64, 1000, 1000, 999, 1000, 1412, 1412, 20, 3000, 3000,
      ]
      #expect(try Self.exchange(sizes, over: address) == Self.expected(sizes))
    }

    @Test func `more frames than a batch holds are sent as several`() throws {
      let sizes = (0..<150).map { 100 + $0 % 7 }
      #expect(try Self.exchange(sizes, over: Self.loopbacks[0]) == Self.expected(sizes))
    }

    @Test func `a port that is taken is refused as such`() throws {
      let first = try UDPLink(bind: Self.loopbacks[0], dscp: 0, beaconPort: 0)
      #expect(throws: SystemError.inUse) {
        _ = try UDPLink(bind: first.bound, dscp: 0, beaconPort: 0)
      }
    }

    @Test func `an address of another machine is refused as missing`() {
      #expect(throws: SystemError.missing) {
        _ = try UDPLink(bind: .ipv4(192, 0, 2, 1, port: 0), dscp: 0, beaconPort: 0)
      }
    }

    @Test func `both families can have the same port`() throws {
      let four = try UDPLink(bind: .ipv4(0, 0, 0, 0, port: 0), dscp: 0, beaconPort: 0)
      let six = LinkAddress.ipv6(IPv6Address(FixedBytes()), port: four.bound.port)
      #expect(try UDPLink(bind: six, dscp: 0, beaconPort: 0).bound.port == four.bound.port)
    }

    @Test func `a frame that the kernel refuses does not hold up the others`() throws {
      let pool = FramePool(frameCount: 8)
      let a = try UDPLink(bind: Self.loopbacks[0], dscp: 0, beaconPort: 0)
      let b = try UDPLink(bind: Self.loopbacks[0], dscp: 0, beaconPort: 0)
      for target in [LinkAddress.ipv4(255, 255, 255, 255, port: 9), b.bound] {
        guard var frame = pool.take() else { throw SystemError.failed }
        frame.resize(to: 100)
        a.send(frame, to: target)
      }
      a.flush()
      #expect(a.lostCount == 1)
      b.receive(pool: pool)
      var source = LinkAddress()
      let frame = b.next(pool: pool, source: &source)
      #expect(frame?.count == 100)
    }

    @Test func `without a free frame datagrams are lost and nothing else`() throws {
      let pool = FramePool(frameCount: 1)
      let b = try UDPLink(bind: Self.loopbacks[0], dscp: 0, beaconPort: 0)
      let held = pool.take()
      let sender = try UDPSocket(bind: Self.loopbacks[0])
      sender.send([UInt8](repeating: 7, count: 50).span, to: b.bound)
      b.receive(pool: pool)
      var source = LinkAddress()
      let arrived = b.next(pool: pool, source: &source) != nil
      #expect(!arrived)
      _ = consume held
    }

    @Test func `several nodes hear the same beacon port`() throws {
      let a = try UDPLink(bind: .ipv4(0, 0, 0, 0, port: 0), dscp: 0, beaconPort: 63512)
      let b = try UDPLink(bind: .ipv4(0, 0, 0, 0, port: 0), dscp: 0, beaconPort: 63512)
      try a.listenForBeacons()
      try b.listenForBeacons()
      #expect(a.bound.port != b.bound.port)
    }

    @Test func `beacons go to the networks of the devices that are named`() {
      func device(_ name: String, _ last: UInt8, loopback: Bool = false) -> NetworkInterface {
        NetworkInterface(
          name: [UInt8](name.utf8), isUp: true, isLoopback: loopback,
          address: .ipv4(10, 0, last, 1, port: 0), broadcast: .ipv4(10, 0, last, 255, port: 0))
      }
      let machine = [
        device("lo", 0, loopback: true), device("eth0", 1), device("eth1", 2), device("tun0", 3),
      ]
      func targets(_ names: [String]) -> [LinkAddress] {
        NetworkInterface.beaconTargets(
          devices: names.map { [UInt8]($0.utf8) }, port: 64512, besides: [UInt8]("tun0".utf8),
          among: machine)
      }
      let eth0 = LinkAddress.ipv4(10, 0, 1, 255, port: 64512)
      let eth1 = LinkAddress.ipv4(10, 0, 2, 255, port: 64512)
      #expect(targets(["all"]) == [eth0, eth1])
      #expect(targets(["eth1"]) == [eth1])
      #expect(targets(["eth1", "all", "eth1"]) == [eth1, eth0])
      #expect(targets(["wlan0", "lo"]) == [])
      #expect(targets(["10.9.9.255:4000"]) == [.ipv4(10, 9, 9, 255, port: 4000)])
    }

    @Test func `a probe tells who answers from who does not`() throws {
      let silent = try UDPSocket(bind: Self.loopbacks[0])
      #expect(!UDPSocket.isAnswering(silent.bound, asked: "d1:q4:pinge", milliseconds: 50))
      #expect(
        !UDPSocket.isAnswering(.ipv4(127, 0, 0, 1, port: 1), asked: "x", milliseconds: 5000))
      #expect(throws: SystemError.again) {
        try UDPSocket.ask(silent.bound, [1], milliseconds: 50)
      }
      #expect(throws: SystemError.unreachable) {
        try UDPSocket.ask(.ipv4(127, 0, 0, 1, port: 1), [1], milliseconds: 5000)
      }
    }
  }
}

extension [UInt8] {
  init(copying bytes: Span<UInt8>) {
    self = []
    for i in 0..<bytes.count { append(bytes[i]) }
  }
}
