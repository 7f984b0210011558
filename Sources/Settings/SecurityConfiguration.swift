import Bytes

/// What the node gives up once it has opened everything: `security` (cjdroute.md 3.6).
public struct SecurityConfiguration: Equatable, Sendable {
  /// The user to become; nil: stay who we are.
  public var user: [UInt8]?
  /// True if the file names no user, so that it is no error if there is no such user.
  public var isDefaultUser: Bool
  /// Keep the right to configure the network when changing user.
  public var keepNetAdmin: Bool
  /// The directory to be confined to; nil: none. Failure is a warning.
  public var chroot: [UInt8]?
  /// Open no more files.
  public var noFiles: Bool
  /// Start no processes.
  public var noForks: Bool

  /// What a file without `security` gets.
  public static var standard: SecurityConfiguration {
    SecurityConfiguration(
      user: SecurityConfiguration.bytes("nobody"), isDefaultUser: true, keepNetAdmin: true,
      chroot: SecurityConfiguration.bytes("/var/run/"), noFiles: false, noForks: true)
  }

  private static func bytes(_ text: StaticString) -> [UInt8] {
    [UInt8](copying: text.span)
  }
}
