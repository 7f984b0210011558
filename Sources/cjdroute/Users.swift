import Bytes
import Drivers
import Node
import Sessions
import Settings

extension Daemon {
  /// Lets in who knows one of the passwords of the configuration.
  func addUsers(_ users: [ConfiguredUser]) {
    for user in users {
      do throws(UserError) {
        try loop.node.addUser(
          password: user.password, login: user.login, address: user.address)
      } catch {
        let name = user.login ?? Text.make("an entry without a user")
        Cjdroute.fail(
          .configuration,
          Text.make("authorizedPasswords: ", name, ": ", Self.remedy(error)))
      }
    }
  }

  private static func remedy(_ error: UserError) -> StaticString {
    switch error {
    case .loginTaken: "another entry has the same user; give each its own"
    case .passwordTaken: "another entry has the same password; give each its own"
    case .unusablePassword: "a password has 1 to 64 bytes"
    case .unusableLogin: "a user has 1 to 64 bytes"
    case .full: "there are too many entries; remove those that nobody uses"
    }
  }
}
