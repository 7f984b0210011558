import Bytes
import Wire

/// An address from which an authenticated request came lately: it may get messages that are not
/// the direct answer to a request (admin.md section 6).
final class AdminCaller {
  let address: LinkAddress
  var lastHeard: Instant

  init(address: LinkAddress, lastHeard: Instant) {
    self.address = address
    self.lastHeard = lastHeard
  }
}
