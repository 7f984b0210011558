import Bytes
import Wire

/// The socket of the admin interface.
public final class AdminSocket {
  /// Any datagram has room, so that a request that is too long gets an answer that says so.
  private static var roomByteCount: Int { 65_536 }
  /// No more of it is handed on: more than the server takes.
  private static var requestByteCountMax: Int { 8192 }

  private let socket: UDPSocket
  private let room: UnsafeMutableBufferPointer<UInt8>

  public var descriptor: Int32 { socket.descriptor }
  /// Where it is bound really.
  public var bound: LinkAddress { socket.bound }

  /// `.inUse` if the port is taken.
  public init(bind: LinkAddress) throws(SystemError) {
    socket = try UDPSocket(bind: bind)
    room = .allocate(capacity: Self.roomByteCount)
  }

  deinit { room.deallocate() }

  /// The next request and where the answer is to go; nil if there is none now.
  public func receive() -> (request: [UInt8], source: LinkAddress)? {
    var source = LinkAddress()
    let count = socket.receive(into: room, source: &source)
    guard count >= 0 else { return nil }
    return ([UInt8](room[0..<min(count, Self.requestByteCountMax)]), source)
  }

  public func send(_ reply: [UInt8], to address: LinkAddress) {
    socket.send(reply.span, to: address)
  }
}
