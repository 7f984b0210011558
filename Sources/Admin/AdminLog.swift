import Bytes
import Cryptography
import Node
import Wire

// Log lines for those who subscribe (admin.md section 6).
extension AdminServer {
  private static var streamDigitCount: Int { 16 }
  /// Most lines of one call of `AdminLog_logMany`.
  private static var manyMax: Int64 { 1000 }
  private static var fileByteCountMax: Int { 64 }
  private static var source: StaticString { "AdminLog" }

  /// The lowest level that anybody wants.
  var lowestLevel: LogLevel {
    var lowest = ownLogLevel
    for subscription in subscriptions where subscription.level.rawValue < lowest.rawValue {
      lowest = subscription.level
    }
    return lowest
  }

  mutating func runLog(
    _ function: AdminFunction, _ request: AdminRequest, _ call: AdminCall, entropy: Entropy
  ) {
    switch function {
    case .adminLogLogMany: logMany(request.integer("count") ?? 0, call)
    case .adminLogSubscribe: subscribe(request, call, entropy: entropy)
    case .adminLogUnsubscribe: unsubscribe(request.bytes("streamId") ?? [], call)
    default: listSubscriptions(call)
    }
  }

  private mutating func logMany(_ count: Int64, _ call: AdminCall) {
    let count = min(count, Self.manyMax)
    var number: Int64 = 0
    while number < count {
      number += 1
      var text = ByteWriter()
      text.append("This is line ")
      text.append(decimal: number)
      text.append(" of ")
      text.append(decimal: count)
      log(
        .debug, LogLine(source: Self.source, line: 1, text: text.bytes), at: call.now,
        unixSeconds: call.unixSeconds)
    }
    succeed(call)
  }

  private mutating func subscribe(
    _ request: AdminRequest, _ call: AdminCall, entropy: Entropy
  ) {
    let line = request.integer("line") ?? 0
    let file = request.text("file") ?? []
    guard line >= 0 else {
      fail(
        "Invalid line number, must be positive or 0 to signify any line is acceptable.", call)
      return
    }
    guard file.count <= Self.fileByteCountMax, call.txid.count <= Self.keptTxidByteCountMax
    else {
      fail("file must not be longer than 64 bytes, and txid not longer than 256.", call)
      return
    }
    subscriptions = subscriptions.filter { isListening($0.source, at: call.now) }
    guard subscriptions.count < Self.subscriptionCountMax else {
      fail("Max subscription count reached.", call)
      return
    }
    let level = request.text("level").map { Self.level(named: $0) } ?? .debug
    let streamId = entropy.randomUInt64()
    subscriptions.append(
      LogSubscription(
        streamId: streamId, source: call.source, txid: call.txid, level: level, line: line,
        file: file))
    var reply = AdminReply(txid: call.txid)
    reply.append("error", "none")
    reply.append("streamId", Self.streamText(streamId))
    send(&reply, to: call.source)
  }

  private mutating func unsubscribe(_ text: [UInt8], _ call: AdminCall) {
    guard text.count == Self.streamDigitCount, let bytes = Hex.decode(text.span) else {
      fail("Invalid streamId.", call)
      return
    }
    let streamId = bytes.span.load64(bigEndianAt: 0)
    guard let index = subscriptions.firstIndex(where: { $0.streamId == streamId }) else {
      fail("No such subscription.", call)
      return
    }
    subscriptions.remove(at: index)
    succeed(call)
  }

  private mutating func listSubscriptions(_ call: AdminCall) {
    var reply = AdminReply(txid: call.txid)
    reply.key("entries")
    reply.body.beginList()
    for subscription in subscriptions {
      reply.body.beginDictionary()
      reply.body.append("dropped", Int64(clamping: subscription.dropped))
      if !subscription.file.isEmpty { reply.body.append("file", subscription.file) }
      reply.body.append("internalFile", 0)
      reply.body.append("level", subscription.level.name)
      reply.body.append("line", subscription.line)
      reply.body.append("streamId", Self.streamText(subscription.streamId))
      reply.body.end()
    }
    reply.body.end()
    send(&reply, to: call.source)
  }

  /// Sends `line` to all who want it. Who was silent for too long is forgotten.
  mutating func log(
    _ level: LogLevel, _ line: borrowing LogLine, at now: Instant, unixSeconds: UInt64
  ) {
    var index = 0
    while index < subscriptions.count {
      guard wants(subscriptions[index], level, line) else {
        index += 1
        continue
      }
      guard isListening(subscriptions[index].source, at: now) else {
        subscriptions.remove(at: index)
        continue
      }
      guard hasRoomForLines else {
        subscriptions[index].lost += 1
        subscriptions[index].dropped += 1
        index += 1
        continue
      }
      if subscriptions[index].lost > 0 {
        sendLoss(to: subscriptions[index], unixSeconds: unixSeconds)
        subscriptions[index].lost = 0
      }
      send(level, line, to: subscriptions[index], unixSeconds: unixSeconds)
      index += 1
    }
  }

  private func wants(
    _ subscription: LogSubscription, _ level: LogLevel, _ line: borrowing LogLine
  ) -> Bool {
    level.rawValue >= subscription.level.rawValue
      && (subscription.line == 0 || subscription.line == Int64(line.line))
      && (subscription.file.isEmpty
        || BencodeReader.spells(subscription.file.span, line.source))
  }

  private mutating func sendLoss(to subscription: LogSubscription, unixSeconds: UInt64) {
    var text = ByteWriter()
    text.append(decimal: subscription.lost)
    text.append(" lines of this subscription were dropped, because they came too fast")
    send(
      .warn, LogLine(source: Self.source, line: 2, text: text.bytes), to: subscription,
      unixSeconds: unixSeconds)
  }

  private mutating func send(
    _ level: LogLevel, _ line: borrowing LogLine, to subscription: LogSubscription,
    unixSeconds: UInt64
  ) {
    var reply = AdminReply(txid: subscription.txid)
    reply.append("file", line.source)
    reply.append("level", level.name)
    reply.append("line", Int64(line.line))
    reply.append("message", line.text)
    reply.append("streamId", Self.streamText(subscription.streamId))
    reply.append("time", Int64(clamping: unixSeconds))
    send(&reply, to: subscription.source)
  }

  private static func streamText(_ streamId: UInt64) -> [UInt8] {
    var text = ByteWriter()
    text.append(hex: streamId, digits: streamDigitCount)
    return text.bytes
  }

  /// Without regard to case; an unknown name means everything.
  private static func level(named name: [UInt8]) -> LogLevel {
    var upper = name
    for i in upper.indices where upper[i] >= 97 && upper[i] <= 122 { upper[i] -= 32 }
    var raw = LogLevel.critical.rawValue
    while raw > 0 {
      if let level = LogLevel(rawValue: raw), BencodeReader.spells(upper.span, level.name) {
        return level
      }
      raw -= 1
    }
    return .keys
  }
}
