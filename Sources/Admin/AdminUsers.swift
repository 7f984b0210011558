import Bytes
import Node
import Peering
import Sessions
import Wire

// Who may connect (admin.md 8.3).
extension AdminServer {
  private static var usersPerPage: Int { 16 }

  mutating func addUser(
    _ request: borrowing AdminRequest, _ call: AdminCall, node: inout Node
  ) throws(AdminFailure) {
    guard request.integer("authType") ?? 1 == 1 else {
      throw AdminFailure("Specified auth type is not supported.")
    }
    let address = try request.addressIfGiven("ipv6", "Invalid IPv6 Address")
    do throws(UserError) {
      if request.integer("keep") == 1 {
        let kept = try node.keepUser(
          password: request.bytes("password"), login: request.text("user"), address: address)
        succeed(call, kept.change, user: kept.login)
        return
      }
      try node.addUser(
        password: request.bytes("password"), login: request.text("user"), address: address)
    } catch {
      let text: StaticString =
        switch error {
        case .loginTaken, .passwordTaken: "Password already added."
        case .unusablePassword: "password must have 1 to 64 bytes"
        case .unusableLogin: "user must have 1 to 64 bytes"
        case .full: "There is no place for more users; remove one first."
        }
      throw AdminFailure(text)
    }
    succeed(call)
  }

  mutating func removeUser(
    _ request: borrowing AdminRequest, _ call: AdminCall, node: inout Node
  ) throws(AdminFailure) {
    guard node.removeUser(login: request.bytes("user")) > 0 else {
      throw AdminFailure("Unknown error.")
    }
    succeed(call)
  }

  mutating func listUsers(_ page: Int, _ call: AdminCall, node: borrowing Node) {
    let reply = AdminReply(call, "total users")
    reply.put(node.userCount)
    reply.beginList()
    for i in Self.range(page: page, perPage: Self.usersPerPage, count: node.userCount) {
      reply.put(node.userLogin(at: i))
    }
    reply.end()
    send(reply)
  }

  mutating func flushUsers(_ call: AdminCall, node: inout Node) {
    var index = 0
    while index < node.userCount {
      let login = node.userLogin(at: index)
      // Beacons have their own switch.
      if BencodeReader.spells(login.span, Peering.beaconLogin)
        || node.removeUser(login: login) == 0
      {
        index += 1
      }
    }
    succeed(call)
  }
}
