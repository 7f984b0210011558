import Bytes
import CSystem

/// What the process may do, and how it gives that up.
public enum Privileges {
  /// An entry of /etc/passwd.
  public struct User: Equatable, Sendable {
    public var id: UInt32
    public var group: UInt32
    public var name: [UInt8]

    public init(id: UInt32, group: UInt32, name: [UInt8] = []) {
      self.id = id
      self.group = group
      self.name = name
    }

    init(_ user: cs_user) {
      self.init(id: user.user, group: user.group)
      withUnsafeBytes(of: user.name) {
        for byte in $0 {
          if byte == 0 { break }
          name.append(byte)
        }
      }
    }
  }

  /// Who we are; without a name.
  public static var currentUser: User { User(cs_user_current()) }

  public static var isRoot: Bool { currentUser.id == 0 }

  /// Looks a user up by name or number; `.missing` if there is none, or no /etc/passwd.
  public static func user(named name: [UInt8]) throws(SystemError) -> User {
    var user = cs_user()
    try checked(cs_user_find(name, name.count, &user))
    return User(user)
  }

  /// Becomes `user`, in all ids and without further groups, for good. `keepNetAdmin`: keeps the
  /// right to configure the network; all others go.
  public static func become(_ user: User, keepNetAdmin: Bool) throws(SystemError) {
    var wanted = cs_user()
    wanted.user = user.id
    wanted.group = user.group
    try checked(cs_set_user(wanted, keepNetAdmin))
  }

  /// Makes `path` the root of all that the process can see.
  public static func confine(to path: [UInt8]) throws(SystemError) {
    try checked(cs_chroot(path, path.count))
  }

  /// No file, socket or device can be opened any more.
  public static func forbidFiles() throws(SystemError) { try checked(cs_no_files()) }

  public static var filesAreForbidden: Bool { cs_files_forbidden() }

  /// No process can be started any more.
  public static func forbidForks() throws(SystemError) { try checked(cs_no_forks()) }

  /// Nothing that is executed gains anything.
  public static func forbidNewPrivileges() throws(SystemError) {
    try checked(cs_no_new_privileges())
  }
}
