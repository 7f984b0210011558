/// How a peer stands, with the numbers of links.md section 3.
public enum PeerState: Int32, Sendable {
  /// Its protocol version is too old; nothing is exchanged any more.
  case incompatible = -3
  /// Created, nothing valid received yet.
  case unauthenticated = -2
  /// No valid packet for 20 s.
  case unresponsive = -1
  case initial = 0
  case sentHello = 1
  case receivedHello = 2
  case sentKey = 3
  case receivedKey = 4
  /// It has proved to be alive and authentic.
  case established = 100

  /// The word that the admin interface shows.
  public var name: StaticString {
    switch self {
    case .incompatible: "INCOMPATIBLE"
    case .unauthenticated: "UNAUTHENTICATED"
    case .unresponsive: "UNRESPONSIVE"
    case .initial: "INIT"
    case .sentHello: "SENT_HELLO"
    case .receivedHello: "RECEIVED_HELLO"
    case .sentKey: "SENT_KEY"
    case .receivedKey: "RECEIVED_KEY"
    case .established: "ESTABLISHED"
    }
  }
}
