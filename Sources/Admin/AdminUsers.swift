import Bytes
import Node
import Peering
import Sessions
import Wire

// Who may connect (admin.md 8.3).
extension AdminServer {
  private static var usersPerPage: Int { 16 }

  mutating func runUsers(
    _ function: AdminFunction, _ request: AdminRequest, _ call: AdminCall, node: inout Node
  ) {
    switch function {
    case .authorizedPasswordsAdd: addUser(request, call, node: &node)
    case .authorizedPasswordsList: listUsers(request.page, call, node: node)
    case .authorizedPasswordsRemove:
      let count = node.removeUser(login: request.bytes("user") ?? [])
      fail(count > 0 ? "none" : "Unknown error.", call)
    default: flushUsers(call, node: &node)
    }
  }

  private mutating func addUser(_ request: AdminRequest, _ call: AdminCall, node: inout Node) {
    if let type = request.integer("authType"), type != 1 {
      fail("Specified auth type is not supported.", call)
      return
    }
    var address: IPv6Address?
    if let text = request.text("ipv6") {
      guard let parsed = IPv6Address(text: text.span) else {
        fail("Invalid IPv6 Address", call)
        return
      }
      address = parsed
    }
    let password = request.bytes("password") ?? []
    do throws(UserError) {
      try node.addUser(
        password: password, login: request.text("user"), address: address)
      succeed(call)
    } catch {
      switch error {
      case .loginTaken: fail("Password already added.", call)
      case .unusablePassword: fail("password must have 1 to 64 bytes", call)
      case .unusableLogin: fail("user must have 1 to 64 bytes", call)
      case .full: fail("There is no place for more users; remove one first.", call)
      }
    }
  }

  private mutating func listUsers(_ page: Int, _ call: AdminCall, node: borrowing Node) {
    var reply = AdminReply(txid: call.txid)
    reply.append("total", Int64(node.userCount))
    reply.key("users")
    reply.body.beginList()
    for i in Self.range(page: page, perPage: Self.usersPerPage, count: node.userCount) {
      reply.body.append(node.userLogin(at: i))
    }
    reply.body.end()
    send(&reply, to: call.source)
  }

  private mutating func flushUsers(_ call: AdminCall, node: inout Node) {
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
