import Bytes
import Cryptography
import Node
import Wire

// Log lines for those who subscribe (admin.md section 6).
extension AdminServer {
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

  mutating func logMany(_ count: Int64, _ call: AdminCall) {
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

  mutating func subscribe(
    _ request: borrowing AdminRequest, _ call: AdminCall, entropy: Entropy
  ) throws(AdminFailure) {
    let line = request.integer("line") ?? 0
    let file = request.bytes("file")
    guard line >= 0 else {
      throw AdminFailure(
        "Invalid line number, must be positive or 0 to signify any line is acceptable.")
    }
    guard file.count <= Self.fileByteCountMax, call.txid.count <= Self.keptTxidByteCountMax
    else {
      throw AdminFailure("file must not be longer than 64 bytes, and txid not longer than 256.")
    }
    var index = 0
    while index < subscriptions.count {
      if isListening(subscriptions[index].call.source, at: call.now) {
        index += 1
      } else {
        subscriptions.remove(at: index)
      }
    }
    guard subscriptions.count < Self.subscriptionCountMax else {
      throw AdminFailure("Max subscription count reached.")
    }
    let subscription = LogSubscription(
      streamId: entropy.randomUInt64(), call: call,
      level: request.text("level").map { Self.level(named: $0) } ?? .debug, line: line,
      file: file)
    subscriptions.append(subscription)
    let reply = AdminReply(call, "error streamId")
    reply.put("none")
    reply.putStream(subscription)
    send(reply)
  }

  mutating func unsubscribe(_ text: Span<UInt8>, _ call: AdminCall) throws(AdminFailure) {
    guard text.count == AdminReply.streamDigitCount, let bytes = Hex.decode(text) else {
      throw AdminFailure("Invalid streamId.")
    }
    let streamId = bytes.span.load64(bigEndianAt: 0)
    for index in 0..<subscriptions.count where subscriptions[index].streamId == streamId {
      subscriptions.remove(at: index)
      succeed(call)
      return
    }
    throw AdminFailure("No such subscription.")
  }

  mutating func listSubscriptions(_ call: AdminCall) {
    let reply = AdminReply(call, "entries")
    reply.beginList()
    for subscription in subscriptions {
      reply.beginDictionary("dropped file internalFile level line streamId")
      reply.put(subscription.dropped)
      if subscription.file.isEmpty { reply.skip() } else { reply.put(subscription.file) }
      reply.put(0)
      reply.put(subscription.level.name)
      reply.put(subscription.line)
      reply.putStream(subscription)
      reply.end()
    }
    reply.end()
    send(reply)
  }

  /// Sends `line` to all who want it. Who was silent for too long is forgotten.
  mutating func log(
    _ level: LogLevel, _ line: borrowing LogLine, at now: Instant, unixSeconds: UInt64
  ) {
    var index = 0
    while index < subscriptions.count {
      let subscription = subscriptions[index]
      index += 1
      guard wants(subscription, level, line) else { continue }
      guard isListening(subscription.call.source, at: now) else {
        index -= 1
        subscriptions.remove(at: index)
        continue
      }
      guard hasRoomForLines else {
        subscription.lost += 1
        subscription.dropped += 1
        continue
      }
      if subscription.lost > 0 {
        sendLoss(to: subscription, unixSeconds: unixSeconds)
        subscription.lost = 0
      }
      send(level, line, to: subscription, unixSeconds: unixSeconds)
    }
  }

  private func wants(
    _ subscription: LogSubscription, _ level: LogLevel, _ line: borrowing LogLine
  ) -> Bool {
    guard level.rawValue >= subscription.level.rawValue,
      subscription.line == 0 || subscription.line == Int64(line.line)
    else { return false }
    let file = subscription.file
    return file.isEmpty || BencodeReader.spells(file.span, line.source)
  }

  private mutating func sendLoss(to subscription: LogSubscription, unixSeconds: UInt64) {
    var text = ByteWriter()
    text.append(decimal: subscription.lost)
    text.append(" lines of this subscription were dropped, because they came too fast")
    send(
      .warn, LogLine(source: Self.source, line: 2, text: text.bytes), to: subscription,
      unixSeconds: unixSeconds)
  }

  @inline(never)
  private mutating func send(
    _ level: LogLevel, _ line: borrowing LogLine, to subscription: LogSubscription,
    unixSeconds: UInt64
  ) {
    let reply = AdminReply(subscription.call, "file level line message streamId time")
    reply.put(line.source)
    reply.put(level.name)
    reply.put(line.line)
    reply.put(line.text)
    reply.putStream(subscription)
    reply.put(unixSeconds)
    send(reply)
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

extension AdminReply {
  fileprivate static var streamDigitCount: Int { 16 }

  /// The `streamId`.
  @inline(never)
  fileprivate func putStream(_ subscription: LogSubscription) {
    var text = ByteWriter()
    text.append(hex: subscription.streamId, digits: Self.streamDigitCount)
    put(text.bytes)
  }
}
