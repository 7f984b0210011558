/// How a peer came to be known.
public enum PeerOrigin: UInt8, Sendable {
  /// By configuration or command.
  case configured
  /// It came in with a handshake.
  case incoming
  /// Its beacon was heard.
  case beacon
  /// It had come in before the node was restarted.
  case remembered
}
