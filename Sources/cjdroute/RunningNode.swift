import Admin
import Bytes
import Drivers
import Settings
import Wire

/// The node that runs, as a program that knows its password sees it. Without one that answers the
/// process ends with a message.
final class RunningNode {
  /// A router may be busy with handshakes.
  private static var patienceMilliseconds: Int32 { 5000 }

  private let address: LinkAddress
  private let password: [UInt8]

  init(_ configuration: Configuration) {
    let bind = configuration.adminBind
    address = bind.isUnspecified ? bind.loopback : bind
    guard bind.port != 0, let password = configuration.adminPassword else {
      Cjdroute.fail(.system, "--reload needs admin.password, and a port in admin.bind")
    }
    self.password = password
  }

  @inline(never)
  func call(_ order: AdminOrder) -> AdminAnswer {
    // Good for some seconds; asked for each time, as who is asked may be another node by then.
    let cookie = ask(Text.make("d1:q6:cookiee")).text("cookie")
    let answer = ask(order.datagram(password: password, cookie: cookie))
    if BencodeReader.spells(answer.text("error").span, "Auth failed.") {
      Cjdroute.fail(
        .system,
        Text.make("the node on ", address, " has another admin.password than this file; restart it")
      )
    }
    return answer
  }

  /// All of a list that comes in pages.
  @inline(never)
  func list(_ function: StaticString, _ key: StaticString) -> [[UInt8]] {
    var list: [[UInt8]] = []
    var page = 0
    var count = 0
    repeat {
      let order = AdminOrder(function)
      order.put("page", page)
      page += 1
      let elements = call(order).elements(key)
      count = elements.count
      for element in elements { list.append(element) }
    } while count > 0
    return list
  }

  @inline(never)
  private func ask(_ datagram: [UInt8]) -> AdminAnswer {
    do throws(SystemError) {
      return AdminAnswer(
        try UDPSocket.ask(address, datagram, milliseconds: Self.patienceMilliseconds))
    } catch {
      Cjdroute.fail(
        .system, Text.make("no node answers on ", address, " (admin.bind): ", error.text))
    }
  }
}
