import Bytes
import Cryptography
import Switching

/// A node and a path to it. A class, because it is handed about and kept more than it is made.
public final class Route: Sendable {
  public let key: PublicKey
  /// The key's address.
  public let address: IPv6Address
  /// Its protocol version; 0 if unknown.
  public let version: UInt32
  /// From this node.
  public let label: Label

  public init(key: PublicKey, address: IPv6Address, version: UInt32, label: Label) {
    self.key = key
    self.address = address
    self.version = version
    self.label = label
  }

  /// Another path to the same node.
  public func along(_ label: Label) -> Route {
    Route(key: key, address: address, version: version, label: label)
  }
}
