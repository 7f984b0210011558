import Node

/// Somebody who wants log lines.
final class LogSubscription {
  let streamId: UInt64
  /// The request; its txid goes with each line.
  let call: AdminCall
  /// Lines of this level and of higher ones.
  let level: LogLevel
  /// 0: any line.
  let line: Int64
  /// Empty: any file.
  let file: [UInt8]
  /// Lines lost since the last one that was sent.
  var lost: UInt64 = 0
  /// All lines lost.
  var dropped: UInt64 = 0

  init(streamId: UInt64, call: AdminCall, level: LogLevel, line: Int64, file: [UInt8]) {
    self.streamId = streamId
    self.call = call
    self.level = level
    self.line = line
    self.file = file
  }
}
