import Bytes
import Cryptography
import Node
import Switching
import Wire

// Switch pings and end-to-end sessions (admin.md 8.5).
extension AdminServer {
  private static var pingMillisecondsDefault: Int64 { 2000 }
  /// A client that waits longer has given up.
  private static var pingMillisecondsMax: Int64 { 60_000 }
  /// After its timeout a node is allowed this long to say that there was no answer.
  static var lateMilliseconds: UInt64 { 10_000 }
  private static var handlesPerPage: Int { 64 }

  mutating func runSessions(
    _ function: AdminFunction, _ request: AdminRequest, _ call: AdminCall, node: inout Node,
    into outbox: inout Outbox
  ) {
    switch function {
    case .switchPingerPing: switchPing(request, call, node: &node, into: &outbox)
    case .sessionManagerGetHandles: listHandles(request.page, call, node: node)
    case .sessionManagerSessionStats:
      let handle = UInt32(exactly: request.integer("handle") ?? -1)
      putSession(handle.flatMap { node.sessionRecord(handle: $0) }, call)
    case .sessionManagerSessionStatsByIP:
      guard let address = address(request, call) else { return }
      putSession(node.sessionRecord(address: address), call)
    default:
      guard let address = address(request, call) else { return }
      let isThere = node.resetSession(address: address, at: call.now)
      fail(isThere ? "none" : "no such session", call)
    }
  }

  private mutating func address(_ request: AdminRequest, _ call: AdminCall) -> IPv6Address? {
    let text = request.bytes("ip6") ?? []
    guard let address = IPv6Address(text: text.span) else {
      fail("malformed_ip", call)
      return nil
    }
    return address
  }

  /// Milliseconds to wait for an answer: what was asked for, within reason.
  static func timeout(_ request: AdminRequest, otherwise: Int64 = pingMillisecondsDefault)
    -> UInt64
  {
    guard let asked = request.integer("timeout"), asked > 0 else { return UInt64(otherwise) }
    return UInt64(min(asked, pingMillisecondsMax))
  }

  // MARK: Switch pings

  private mutating func switchPing(
    _ request: AdminRequest, _ call: AdminCall, node: inout Node, into outbox: inout Outbox
  ) {
    let path = request.bytes("path") ?? []
    guard let label = Label(text: path.span) else {
      fail("path was not parsable.", call)
      return
    }
    let kind: SwitchPingKind = (request.integer("keyPing") ?? 0) != 0 ? .keyPing : .ping
    let data = request.bytes("data") ?? []
    let timeout = Self.timeout(request)
    guard let token = keep(call, .switchPingerPing, within: timeout + Self.lateMilliseconds)
    else { return }
    let isOut = node.switchPing(
      kind, label: label, data: data.span, timeout: timeout, token: token, at: call.now,
      into: &outbox)
    guard !isOut else { return }
    _ = takePending(token)
    let limit = kind == .keyPing ? 52 : 244
    if data.count > limit {
      fail("data is too long: 244 bytes at most, 52 with keyPing.", call)
    } else {
      fail("no open slots to store ping, try later.", call)
    }
  }

  /// Sends what became of a switch ping to who asked, if he is still there.
  mutating func answerSwitchPing(
    _ token: UInt32, _ result: borrowing SwitchPingResult, at now: Instant
  ) {
    guard let call = takePending(token), isListening(call.source, at: now) else { return }
    var reply = AdminReply(txid: call.txid)
    let isAnswered = result.outcome != .timeout
    if isAnswered {
      reply.append("data", result.data)
      if let key = result.key { reply.body.append("key", key) }
    }
    reply.append("ms", Int64(clamping: result.milliseconds))
    reply.body.append("path", result.label)
    if result.outcome == .differentLabel {
      reply.body.append("responsePath", result.responseLabel)
    }
    reply.append("result", result.outcome.name)
    if isAnswered { reply.append("version", Int64(result.version)) }
    send(&reply, to: call.source)
  }

  // MARK: Sessions

  private mutating func listHandles(_ page: Int, _ call: AdminCall, node: borrowing Node) {
    let count = node.sessionCount
    let range = Self.range(page: page, perPage: Self.handlesPerPage, count: count)
    var reply = AdminReply(txid: call.txid)
    reply.key("handles")
    reply.body.beginList()
    for i in range {
      guard let session = node.sessionRecord(at: i) else { break }
      reply.body.append(Int64(session.receiveHandle))
    }
    reply.body.end()
    if range.upperBound < count, !range.isEmpty { reply.append("more", 1) }
    reply.append("total", Int64(count))
    send(&reply, to: call.source)
  }

  private mutating func putSession(_ session: SessionRecord?, _ call: AdminCall) {
    guard let session else {
      fail("no such session", call)
      return
    }
    let address = NodeAddress(
      version: session.version, label: session.label, key: session.key)
    let received = call.wallClock(session.lastReceived)
    let sent = call.wallClock(session.lastSent)
    var reply = AdminReply(txid: call.txid)
    reply.append("addr", address.text)
    reply.append("duplicates", Int64(clamping: session.duplicateCount))
    reply.append("handle", Int64(session.receiveHandle))
    reply.body.append("ip6", session.address)
    reply.append("lostPackets", Int64(clamping: session.lostCount))
    reply.append("maintainSession", 0)
    reply.append("metric", Int64(session.metric))
    reply.append("noiseProto", 0)
    reply.append("receivedOutOfRange", Int64(clamping: session.outOfRangeCount))
    reply.append("sendHandle", Int64(session.sendHandle))
    reply.append("state", session.stateName)
    reply.append("timeOfLastIn", received)
    reply.append("timeOfLastOut", sent)
    reply.append("timeOfLastUsage", max(received, sent))
    send(&reply, to: call.source)
  }
}
