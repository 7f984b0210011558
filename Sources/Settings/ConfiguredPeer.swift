import Cryptography
import Wire

/// A node to connect to: an entry of a `connectTo`.
public final class ConfiguredPeer {
  /// The longest password, login or name.
  public static var textByteCountMax: Int { 64 }

  /// Of the kind that its interface carries; with a port unless it is an Ethernet address.
  public var address: LinkAddress
  /// Usable, and not the node's own.
  public var key: PublicKey
  public var password: [UInt8]
  public var login: [UInt8]?
  /// A name for the lists of peers.
  public var name: [UInt8]?
  /// The protocol version to assume before the peer has told its own; 0: not given.
  public var version: UInt32 = 0

  init(address: LinkAddress, key: PublicKey, password: [UInt8]) {
    self.address = address
    self.key = key
    self.password = password
  }
}
