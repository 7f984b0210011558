import Node
import Wire

/// Somebody who wants log lines.
struct LogSubscription {
  var streamId: UInt64
  var source: LinkAddress
  var txid: [UInt8]
  /// Lines of this level and of higher ones.
  var level: LogLevel
  /// 0: any line.
  var line: Int64
  /// Empty: any file.
  var file: [UInt8]
  /// Lines lost since the last one that was sent.
  var lost: UInt64 = 0
  /// All lines lost.
  var dropped: UInt64 = 0
}
