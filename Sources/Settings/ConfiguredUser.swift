import Bytes

/// A password by which others may connect in: an entry of `authorizedPasswords`.
public final class ConfiguredUser {
  public var password: [UInt8]
  /// nil: the node makes one up.
  public var login: [UInt8]?
  /// If given, only the node with this address may use the password.
  public var address: IPv6Address?

  public init(password: [UInt8], login: [UInt8]? = nil, address: IPv6Address? = nil) {
    self.password = password
    self.login = login
    self.address = address
  }
}
