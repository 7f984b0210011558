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

    /// What it counts against the length and the age of a path.
    var penalty: UInt64 {
      switch self {
      case .peer: 0
      case .answered: 10
      case .incoming: 14
      case .table: 40
      case .hearsay: 400
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
  /// When there was last a reason to believe in it.
  public var validated: Instant
  /// True after packets along it went unanswered.
  public var isSuspect = false

  public init(label: UInt64, quality: Quality, validated: Instant) {
    self.label = label
    self.quality = quality
    self.validated = validated
  }

  /// Lower is better: seconds since it was validated, bits of the label, and a number for the
  /// reason to believe in it.
  func cost(at now: Instant) -> UInt64 {
    let age = min(now.since(validated) / 1000, 120)
    let bits = UInt64(63 - label.leadingZeroBitCount)
    return quality.penalty + age + bits + (isSuspect ? 1000 : 0)
  }

  /// Lower is better, as the admin interface shows it.
  public var metric: UInt32 { isSuspect ? 0xffff_fffe : quality.metric }
}
