/// A socket that may be there or not.
final class UDPSocketBox {
  let socket: UDPSocket
  init(_ socket: consuming UDPSocket) { self.socket = socket }
}
