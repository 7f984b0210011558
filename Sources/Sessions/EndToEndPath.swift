import Bytes

/// One way to a node, and what speaks for it.
public struct EndToEndPath: Equatable, Sendable {
  /// Why a path is believed to lead there, best reason first.
  public enum Quality: UInt8, Comparable, Sendable {
    /// The node is a direct neighbour.
    case peer
    /// A question that went along it was answered.
    case answered
    /// An authentic packet came along it.
    case incoming
    /// The router computed it.
    case table
    /// A handshake came along it, which may be a recording.
    case hearsay

    public static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }

    /// What it counts against the price and the age of a path.
    var penalty: UInt64 {
      switch self {
      case .peer: 0
      case .answered: 2048
      case .incoming: 2049
      case .table: 6144
      case .hearsay: 1 << 17
      }
    }

    /// The classes of routing.md section 11, for the admin interface.
    var metric: UInt32 {
      switch self {
      case .peer: 0xff40_0000
      case .answered: 0xff50_0000
      case .incoming: 0xff51_0000
      case .table: 0xff60_0000
      case .hearsay: 0xff70_0000
      }
    }
  }

  /// As the node's own switch takes it.
  public var label: UInt64
  public var quality: Quality
  /// What the router says that it costs: 1024 for each hop that takes no time.
  public var price: UInt32
  /// Milliseconds from a question along it to the answer; `.max` before the first.
  public internal(set) var milliseconds = UInt32.max
  /// When there was last a reason to believe in it.
  public var validated: Instant
  /// True after packets along it went unanswered.
  public var isSuspect = false
  /// True after a user's packet came along it.
  var hasServed = false
  /// Since when users' packets have left along it, and none has come back along it.
  public internal(set) var usersWaitSince = Instant.never

  public init(label: UInt64, quality: Quality, price: UInt32, validated: Instant) {
    self.label = label
    self.quality = quality
    self.price = price
    self.validated = validated
  }

  /// Lower is better: the price, as much as a hop for every four seconds since it was validated,
  /// and a number for the reason to believe in it.
  func cost(at now: Instant) -> UInt64 {
    let age = min(now.since(validated), 120_000) / 4000 * 1024
    return quality.penalty + age + UInt64(price) + (isSuspect ? 1 << 33 : 0)
  }

  /// Lower is better, as the admin interface shows it.
  public var metric: UInt32 { isSuspect ? 0xffff_fffe : quality.metric }
}
