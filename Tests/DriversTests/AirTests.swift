import Bytes
import CSystem
import Glibc
import Testing
import Wire

@testable import Drivers

extension DriversTests {
  /// A device of 802.11 in monitor mode, as far as sockets can tell: a TUN device that says that it
  /// is one. What is written to it has been heard, what is read from it is sent.
  final class Radio {
    static let typeOfMonitors: Int32 = 803
    static let typeOfLLC: [UInt8] = [0, 4]

    let descriptor: Int32
    let index: Int32

    /// Of another kind if `type` is; an Ethernet device if it is nil.
    init(type: Int32? = typeOfMonitors) throws {
      descriptor = open("/dev/net/tun", O_RDWR | O_NONBLOCK)
      var request = [UInt8](repeating: 0, count: 40)
      request.withUnsafeMutableBytes {
        // A TUN device with the type in front of each packet; a TAP device without.
        $0.storeBytes(of: type == nil ? 0x1002 : 1, toByteOffset: 16, as: UInt16.self)
      }
      guard ioctl(descriptor, 0x4004_54ca, &request) == 0 else { throw SystemError.failed }
      if let type, ioctl(descriptor, 0x4004_54cd, type) != 0 { throw SystemError.unsupported }
      index = cs_interface_index(request)
      try checked(cs_interface_up(request, 1500))
    }

    deinit { close(descriptor) }

    func hear(_ bytes: [UInt8], type: [UInt8] = typeOfLLC) {
      let packet = [0, 0] + type + bytes
      #expect(write(descriptor, packet, packet.count) == packet.count)
    }

    /// The next that is sent and of our type; nil if there is none.
    func sent() -> [UInt8]? {
      var room = [UInt8](repeating: 0, count: 2000)
      while true {
        let count = read(descriptor, &room, room.count)
        if count < 0 { return nil }
        if room[2..<4] == [0xfc, 0] { return Array(room[4..<count]) }
        if room[12..<14] == [0xfc, 0] { return Array(room[14..<count]) }
      }
    }
  }

  /// Root, because a network namespace of its own is needed.
  struct AirTests {
    static let own = AirAddress(own: card(1), bssid: card(9), rate: 12)
    static let peer = AirAddress(own: card(2), bssid: card(9))
    static let all = LinkAddress.ethernet([UInt8](repeating: 0xff, count: 6).span)

    static func card(_ number: UInt8) -> FixedBytes<6> {
      var bytes = FixedBytes<6>()
      bytes[0] = 2
      bytes[5] = number
      return bytes
    }

    /// What `air` sends with that content, behind what a receiver tells of it.
    static func heard(
      _ content: [UInt8], from air: AirAddress = peer, to destination: LinkAddress,
      radiotap: [UInt8] = [0, 0, 9, 0, 0x20, 0, 0, 0, 0xc4],
      change: (inout [UInt8]) -> Void = { _ in }
    ) -> [UInt8] {
      let pool = FramePool(frameCount: 1)
      var frame = pool.take()!
      frame.append(content.span)
      let isPushed =
        EthernetHeader.push(onto: &frame)
        && AirHeader.push(onto: &frame, to: destination, from: air, sequence: 0x1abc)
      #expect(isPushed)
      var mac = [UInt8](copying: frame.span.extracting(10..<frame.count))
      change(&mac)
      return radiotap + mac
    }

    static func makeSocket() throws -> EthernetSocket {
      let socket = try EthernetSocket()
      try socket.openAir()
      try socket.openAir()
      try socket.start(air: false)
      try socket.start(air: true)
      return socket
    }

    @Test(.enabled(if: TunDeviceTests.isRoot, "needs root and /dev/net/tun"))
    func `frames of our network are heard, with their strength`() throws {
      try TunDeviceTests.inNewNetwork {
        let radio = try Radio()
        let other = try Radio()
        let socket = try Self.makeSocket()
        socket.assign(1, to: 0)
        socket.assign(other.index, to: 1, air: Self.peer)
        socket.assign(radio.index, to: 2, air: Self.own)
        let pool = FramePool(frameCount: 64)
        radio.hear(Self.heard([1], to: Self.all))
        radio.hear(Self.heard([2], to: .ethernet(Self.own.own.span)))
        radio.hear(Self.heard([3], to: .ethernet(Self.card(7).span)))
        var foreign = Self.peer
        foreign.bssid = Self.card(8)
        radio.hear(Self.heard([4], from: foreign, to: Self.all))
        other.hear(Self.heard([5], from: Self.own, to: .ethernet(Self.peer.own.span)))
        var arrived: [[UInt8]] = []
        for _ in 0..<50 where arrived.count < 3 {
          socket.receive(pool: pool, air: true)
          while let arrival = socket.next() {
            #expect(arrival.signal == -60)
            let sender = arrival.link == 2 ? Self.peer.own : Self.own.own
            let isSender = arrival.source == .ethernet(sender.span)
            #expect(isSender)
            arrived.append(
              [UInt8(arrival.link), arrival.isBroadcast ? 1 : 0]
                + [UInt8](copying: arrival.takeFrame().span))
          }
          usleep(1000)
        }
        #expect(arrived.contains([2, 1, 1]) && arrived.contains([2, 0, 2]))
        #expect(arrived.contains([1, 0, 5]) && arrived.count == 3)
        // A device that has gone from a link brings nothing.
        socket.assign(0, to: 2, air: Self.own)
        radio.hear(Self.heard([6], to: Self.all))
        usleep(10_000)
        socket.receive(pool: pool, air: true)
        let arrival = socket.next()
        let isThere = arrival != nil
        #expect(!isThere)
      }
    }

    @Test(.enabled(if: TunDeviceTests.isRoot, "needs root and /dev/net/tun"))
    func `the kernel passes nothing on that cannot be ours`() throws {
      try TunDeviceTests.inNewNetwork {
        let radio = try Radio()
        let plain = try Radio(type: 65534)
        let socket = try Self.makeSocket()
        let good = Self.heard([0], to: Self.all)
        func hears(_ bytes: [UInt8], on radio: Radio, type: [UInt8] = Radio.typeOfLLC) -> Bool {
          radio.hear(bytes, type: type)
          let mark = Self.heard([0xff, 0xff], to: Self.all)
          radio.hear(mark)
          plain.hear(mark)
          // Those of one device come in their order.
          var first: [UInt8]?
          while true {
            var room = [UInt8](repeating: 0, count: 1000)
            var wait = pollfd(fd: socket.airDescriptor, events: Int16(POLLIN), revents: 0)
            guard poll(&wait, 1, 1000) == 1 else { return false }
            let count = recv(socket.airDescriptor, &room, room.count, 0)
            first = first ?? Array(room[..<max(0, count)])
            if Array(room[..<max(0, count)]) == mark { return first == bytes }
          }
        }
        #expect(hears(good, on: radio))
        for radiotap in [
          [0, 0, 8, 0, 0, 0, 0, 0], [0, 0, 0, 1] + [UInt8](repeating: 0, count: 252),
        ]
          as [[UInt8]]
        {
          #expect(hears(Self.heard([0], to: Self.all, radiotap: radiotap), on: radio))
        }
        let qos = Self.heard([0], to: Self.all) {
          $0[0] = 0x88
          $0.insert(contentsOf: [0, 0], at: 24)
        }
        #expect(hears(qos, on: radio))
        #expect(hears(Self.heard([0], to: Self.all) { $0[1] = 0x38 }, on: radio))

        #expect(!hears(good, on: plain))
        #expect(!hears(good, on: radio, type: [0xfc, 0]))
        let echo = Self.heard([0], to: Self.all, radiotap: [0, 0, 10, 0, 0, 0x80, 0, 0, 0, 0])
        #expect(!hears(echo, on: radio))
        for offset in [2, 3] {
          var bytes = good
          bytes[offset] ^= 1
          #expect(!hears(bytes, on: radio), "radiotap's length")
        }
        for (offset, byte) in [
          (0, 0x80), (0, 0x09), (0, 0x48), (1, 0x01), (1, 0x02), (1, 0x04), (1, 0x40), (1, 0x80),
          (24, 0), (27, 1), (28, 1), (30, 0x08), (31, 1),
        ] as [(Int, UInt8)] {
          let bytes = Self.heard([0], to: Self.all) { $0[offset] = byte }
          #expect(!hears(bytes, on: radio), "\(offset)")
        }
        for count in 1..<9 + 32 { #expect(!hears([UInt8](good[..<count]), on: radio), "\(count)") }
      }
    }

    @Test(.enabled(if: TunDeviceTests.isRoot, "needs root and /dev/net/tun"))
    func `frames for the air and for Ethernet keep their order`() throws {
      try TunDeviceTests.inNewNetwork {
        let radio = try Radio()
        let wire = try Radio(type: nil)
        let socket = try EthernetSocket()
        let pool = FramePool(frameCount: 256)
        socket.assign(wire.index, to: 0)
        socket.assign(radio.index, to: 1, air: Self.own)
        func send(_ content: [UInt8], on link: Int) {
          var frame = pool.take()!
          frame.append(content.span)
          socket.send(frame, to: .ethernet(Self.peer.own.span), on: link)
        }
        send([0], on: 1)
        socket.flush()
        #expect(socket.lostCount == 1)
        try socket.openAir()
        let links = (0..<200).map { $0 % 7 < 3 || $0 > 100 ? 1 : 0 }
        for (number, link) in links.enumerated() { send([UInt8(number)], on: link) }
        socket.flush()
        #expect(socket.lostCount == 1 && pool.availableCount == 256)
        var sequence = 1
        for (number, link) in links.enumerated() {
          sequence += link
          let header: [UInt8] = [0, 0, 0, 7, 0xfc, 0, UInt8(number)]
          let onAir = Self.heard(
            [UInt8(number)], from: Self.own, to: .ethernet(Self.peer.own.span),
            radiotap: [0, 0, 10, 0, 4, 0, 2, 0, 12, 4]
          ) {
            $0[22] = UInt8(sequence << 4 & 0xf0)
            $0[23] = UInt8(sequence >> 4)
          }
          #expect((link == 0 ? wire : radio).sent() == (link == 0 ? header : onAir))
        }
        #expect(wire.sent() == nil && radio.sent() == nil)
      }
    }
  }
}
