import Bytes
import Cryptography
import Switching

/// A node and a path to it.
public struct Route: Equatable, Sendable {
  public var key: PublicKey
  /// The key's address.
  public var address: IPv6Address
  /// Its protocol version; 0 if unknown.
  public var version: UInt32
  /// From this node.
  public var label: Label

  public init(key: PublicKey, address: IPv6Address, version: UInt32, label: Label) {
    self.key = key
    self.address = address
    self.version = version
    self.label = label
  }
}
