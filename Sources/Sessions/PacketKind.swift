/// What the first word of a CryptoAuth packet says that it is (crypto.md 3.1).
public enum PacketKind: UInt32, Sendable {
  case hello = 0
  case repeatHello = 1
  case key = 2
  case repeatKey = 3
  /// Any greater word: the counter of a run packet.
  case run = 4

  @inline(__always)
  public init(word: UInt32) {
    switch word {
    case 0: self = .hello
    case 1: self = .repeatHello
    case 2: self = .key
    case 3: self = .repeatKey
    default: self = .run
    }
  }

  public var isHello: Bool { self == .hello || self == .repeatHello }
  public var isHandshake: Bool { self != .run }
}
