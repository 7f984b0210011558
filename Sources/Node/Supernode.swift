import Cryptography
import Switching

/// The supernode that this node uses, as it tells its neighbours (switch.md section 8).
public struct Supernode: Equatable, Sendable {
  public var key: PublicKey
  public var version: UInt32
  /// The path to it.
  public var label: Label

  public init(key: PublicKey, version: UInt32, label: Label) {
    self.key = key
    self.version = version
    self.label = label
  }
}
