import Bytes
import Cryptography
import Switching

/// All that is known about an end-to-end session, for the admin interface.
public struct SessionRecord: Sendable {
  public var key: PublicKey
  public var address: IPv6Address
  /// 0 if unknown.
  public var version: UInt32
  /// The best path; `Label.unknown` if there is none.
  public var label: Label
  /// The number of crypto.md 3.6, and its name.
  public var state: UInt32
  public var stateName: StaticString
  public var receiveHandle: UInt32
  /// 0 if unknown.
  public var sendHandle: UInt32
  /// How good the best path is, lower is better; the classes of routing.md section 11.
  public var metric: UInt32
  public var duplicateCount: UInt64
  public var lostCount: UInt64
  public var outOfRangeCount: UInt64
  public var receivedCount: UInt64
  /// Plaintext bytes.
  public var bytesIn: UInt64
  public var bytesOut: UInt64
  /// nil if there was none.
  public var lastReceived: Instant?
  public var lastSent: Instant?
}
