import Bytes
import Drivers
import Node
import Settings

// What the node gives up once all is open. It goes on if it cannot: the one who starts it without
// the rights of root has little to give up.
extension Daemon {
  func giveUpPrivileges(_ security: SecurityConfiguration, _ user: Privileges.User?) {
    if let path = security.chroot {
      attempt(Text.make("security.chroot: ", path)) { () throws(SystemError) in
        try Privileges.confine(to: path)
      }
    }
    if let user {
      attempt(Text.make("security.setuser: ", user.name)) { () throws(SystemError) in
        try Privileges.become(user, keepNetAdmin: security.keepNetAdmin)
      }
    } else if security.user != nil {
      say(.warn, "security.setuser: there is no user 'nobody' here; staying who we are")
    }
    if security.noForks {
      attempt(Text.make("security.noforks")) { () throws(SystemError) in
        try Privileges.forbidForks()
      }
    }
    attempt(Text.make("no new privileges")) { () throws(SystemError) in
      try Privileges.forbidNewPrivileges()
    }
  }

  func forbidFiles() {
    attempt(Text.make("security.nofiles")) { () throws(SystemError) in
      try Privileges.forbidFiles()
    }
  }

  private func attempt(_ what: [UInt8], _ action: () throws(SystemError) -> Void) {
    do throws(SystemError) {
      try action()
    } catch {
      // Who is not root has nothing to lose.
      let level: LogLevel = error == .permission && !Privileges.isRoot ? .info : .warn
      say(level, Text.make("", what, ": ", error.text))
    }
  }
}
