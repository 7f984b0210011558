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

  /// Milliseconds to wait for an answer: what was asked for, within reason.
  @inline(never)
  static func timeout(_ request: borrowing AdminRequest) -> UInt64 {
    let asked = request.integer("timeout") ?? 0
    return UInt64(asked > 0 ? min(asked, pingMillisecondsMax) : pingMillisecondsDefault)
  }

  // MARK: Switch pings

  mutating func switchPing(
    _ request: borrowing AdminRequest, _ call: AdminCall, node: inout Node,
    into outbox: inout Outbox
  ) throws(AdminFailure) {
    let label = try request.label("path", "path was not parsable.")
    let kind: SwitchPingKind = (request.integer("keyPing") ?? 0) != 0 ? .keyPing : .ping
    let data = request.span("data")
    let timeout = Self.timeout(request)
    try keep(call, within: timeout + Self.lateMilliseconds)
    let isOut = node.switchPing(
      kind, label: label, data: data, timeout: timeout, token: call.token, at: call.now,
      into: &outbox)
    guard !isOut else { return }
    _ = takePending(call.token)
    throw AdminFailure(
      data.count > (kind == .keyPing ? 52 : 244)
        ? "data is too long: 244 bytes at most, 52 with keyPing." : Self.noOpenSlots)
  }

  /// Sends what became of a switch ping to who asked, if he is still there.
  mutating func answerSwitchPing(
    _ token: UInt32, _ result: borrowing SwitchPingResult, at now: Instant
  ) {
    guard let call = takeListening(token, at: now) else { return }
    let reply = AdminReply(call, "data key ms path responsePath result version")
    let isAnswered = result.outcome != .timeout
    if isAnswered { reply.put(result.data) } else { reply.skip() }
    if isAnswered, let key = result.key { reply.put(key) } else { reply.skip() }
    reply.put(result.milliseconds)
    reply.put(result.label)
    let isElsewhere = result.outcome == .differentLabel
    if isElsewhere { reply.put(result.responseLabel) } else { reply.skip() }
    reply.put(result.outcome.name)
    if isAnswered { reply.put(result.version) } else { reply.skip() }
    send(reply)
  }

  // MARK: Sessions

  mutating func listHandles(_ page: Int, _ call: AdminCall, node: borrowing Node) {
    let count = node.sessionCount
    let range = Self.range(page: page, perPage: Self.handlesPerPage, count: count)
    let reply = AdminReply(call, "handles more total")
    reply.beginList()
    for i in range {
      guard let session = node.sessionRecord(at: i) else { break }
      reply.put(session.receiveHandle)
    }
    reply.end()
    reply.putMore(range, of: count)
    reply.put(count)
    send(reply)
  }

  mutating func resetSession(
    _ request: borrowing AdminRequest, _ call: AdminCall, node: inout Node
  ) throws(AdminFailure) {
    let address = try request.address("ip6", "malformed_ip")
    guard node.resetSession(address: address, at: call.now) else {
      throw AdminFailure("no such session")
    }
    succeed(call)
  }

  mutating func putSession(
    _ session: SessionRecord?, _ call: AdminCall
  ) throws(AdminFailure) {
    guard let session else { throw AdminFailure("no such session") }
    let received = call.wallClock(session.lastReceived)
    let sent = call.wallClock(session.lastSent)
    let reply = AdminReply(
      call,
      """
      addr duplicates handle ip6 lostPackets maintainSession metric noiseProto \
      receivedOutOfRange sendHandle state timeOfLastIn timeOfLastOut timeOfLastUsage
      """)
    reply.put(session.version, session.label, session.key)
    reply.put(session.duplicateCount)
    reply.put(session.receiveHandle)
    reply.put(session.address)
    reply.put(session.lostCount)
    reply.put(0)
    reply.put(session.metric)
    reply.put(0)
    reply.put(session.outOfRangeCount)
    reply.put(session.sendHandle)
    reply.put(session.stateName)
    reply.put(received)
    reply.put(sent)
    reply.put(max(received, sent))
    send(reply)
  }
}
