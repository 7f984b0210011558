/// How far a session is, with the numbers of crypto.md 3.6.
public enum SessionState: UInt32, Sendable {
  /// Nothing sent or received.
  case initial = 0
  case sentHello = 1
  case receivedHello = 2
  case sentKey = 3
  /// The KEY is there, and no run packet has come yet.
  case receivedKey = 4
  /// A run packet was received: the other side holds the same keys.
  case established = 100

  /// The word that the admin interface shows.
  public var name: StaticString {
    switch self {
    case .initial: "INIT"
    case .sentHello: "SENT_HELLO"
    case .receivedHello: "RECEIVED_HELLO"
    case .sentKey: "SENT_KEY"
    case .receivedKey: "RECEIVED_KEY"
    case .established: "ESTABLISHED"
    }
  }
}
