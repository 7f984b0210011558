import Bytes
import CSystem
import Wire

/// A bound UDP socket that never blocks.
public struct UDPSocket: ~Copyable {
  /// For the event loop.
  public let descriptor: Int32
  /// Where it is bound really: with the port that the system chose, if it did.
  public let bound: LinkAddress

  /// Binds to `address`, of either IP family. `exclusive`: `.inUse` if anybody has that port;
  /// otherwise it is shared with others that share it, and broadcasts reach all of them.
  public init(bind address: LinkAddress, exclusive: Bool = true) throws(SystemError) {
    var name = cs_address(address)
    let descriptor = try checked(cs_udp_open(&name, exclusive))
    cs_udp_bound(descriptor, &name)
    self.descriptor = descriptor
    bound = name.linkAddress
  }

  deinit { cs_close(descriptor) }

  /// One datagram, copied to the front of `room`: its length and its source; -1 if there is none.
  public func receive(
    into room: UnsafeMutableBufferPointer<UInt8>, source: inout LinkAddress
  ) -> Int {
    var datagram = cs_datagram()
    datagram.bytes = room.baseAddress
    datagram.count = UInt32(room.count)
    guard cs_udp_receive(descriptor, &datagram, 1) == 1 else { return -1 }
    source = datagram.address.linkAddress
    return Int(datagram.count)
  }

  /// Sends one datagram; what the kernel has no room for is lost.
  public func send(_ bytes: Span<UInt8>, to address: LinkAddress) {
    bytes.withUnsafeBufferPointer {
      var datagram = cs_datagram()
      datagram.bytes = UnsafeMutablePointer(mutating: $0.baseAddress)
      datagram.count = UInt32($0.count)
      datagram.address = cs_address(address)
      _ = cs_udp_send(descriptor, &datagram, 1, false)
    }
  }

  /// Sends `bytes` from a socket of its own and waits for any answer.
  public static func isAnswering(
    _ address: LinkAddress, asked bytes: StaticString, milliseconds: Int32
  ) -> Bool {
    var name = cs_address(address)
    var answer: UInt8 = 0
    return cs_udp_ask(
      &name, bytes.utf8Start, bytes.utf8CodeUnitCount, &answer, 1, milliseconds) >= 0
  }

  /// Sends `bytes` from a socket of its own: the answer, cut to 65,536 bytes. `.again` if there is
  /// none in time, `.unreachable` if nobody listens there.
  public static func ask(
    _ address: LinkAddress, _ bytes: [UInt8], milliseconds: Int32
  ) throws(SystemError) -> [UInt8] {
    var name = cs_address(address)
    var answer = [UInt8](repeating: 0, count: 65_536)
    let count = try checked(
      cs_udp_ask(&name, bytes, bytes.count, &answer, answer.count, milliseconds))
    return [UInt8](answer[0..<Int(count)])
  }
}
