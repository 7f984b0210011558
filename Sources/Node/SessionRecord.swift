import Bytes
import Cryptography
import Switching

/// All that is known about an end-to-end session, for the admin interface.
public final class SessionRecord: Sendable {
  public let key: PublicKey
  public let address: IPv6Address
  /// 0 if unknown.
  public let version: UInt32
  /// The best path; `Label.unknown` if there is none.
  public let label: Label
  /// The number of crypto.md 3.6, and its name.
  public let state: UInt32
  public let stateName: StaticString
  public let receiveHandle: UInt32
  /// 0 if unknown.
  public let sendHandle: UInt32
  /// How good the best path is, lower is better; the classes of routing.md section 11.
  public let metric: UInt32
  public let duplicateCount: UInt64
  public let lostCount: UInt64
  public let outOfRangeCount: UInt64
  public let receivedCount: UInt64
  /// Plaintext bytes.
  public let bytesIn: UInt64
  public let bytesOut: UInt64
  /// nil if there was none.
  public let lastReceived: Instant?
  public let lastSent: Instant?

  init(
    key: PublicKey, address: IPv6Address, version: UInt32, label: Label, state: UInt32,
    stateName: StaticString, receiveHandle: UInt32, sendHandle: UInt32, metric: UInt32,
    duplicateCount: UInt64, lostCount: UInt64, outOfRangeCount: UInt64, receivedCount: UInt64,
    bytesIn: UInt64, bytesOut: UInt64, lastReceived: Instant?, lastSent: Instant?
  ) {
    self.key = key
    self.address = address
    self.version = version
    self.label = label
    self.state = state
    self.stateName = stateName
    self.receiveHandle = receiveHandle
    self.sendHandle = sendHandle
    self.metric = metric
    self.duplicateCount = duplicateCount
    self.lostCount = lostCount
    self.outOfRangeCount = outOfRangeCount
    self.receivedCount = receivedCount
    self.bytesIn = bytesIn
    self.bytesOut = bytesOut
    self.lastReceived = lastReceived
    self.lastSent = lastSent
  }
}
