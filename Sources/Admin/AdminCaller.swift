import Bytes
import Wire

/// An address from which an authenticated request came lately: it may get messages that are not
/// the direct answer to a request (admin.md section 6).
struct AdminCaller {
  var address: LinkAddress
  var lastHeard: Instant
}
