import Bytes
import Drivers
import Node
import Settings

/// Where log lines go, besides to who subscribed to them. While the node starts, the person who
/// started it sees them in any case.
struct Log {
  private static var lineByteCountMax: Int { 1200 }

  private let target: LogTarget
  private var isStarting = true
  /// Lines since the last one that nobody took: a reader that stands still must not stop the node.
  private var lostCount: UInt64 = 0

  init(_ target: LogTarget) {
    self.target = target
    if case .syslog = target { SystemLog.open() }
  }

  /// True if the node goes on writing to standard output.
  var keepsOutput: Bool {
    if case .stdout = target { return true }
    return false
  }

  mutating func started() { isStarting = false }

  /// `<seconds> <LEVEL> <source>:<line> <text>` (cjdroute.md 3.7).
  mutating func write(_ level: LogLevel, _ line: LogLine, unixSeconds: UInt64) {
    if case .syslog = target { SystemLog.write(level, line.text) }
    guard isStarting || keepsOutput else { return }
    if lostCount > 0 {
      var count = ByteWriter()
      count.append(decimal: lostCount)
      count.append(" lines of the log were lost, for nobody read on")
      guard
        put(.warn, LogLine(source: "Log", line: #line, text: count.bytes), unixSeconds)
      else {
        lostCount += 1
        return
      }
      lostCount = 0
    }
    if !put(level, line, unixSeconds) { lostCount += 1 }
  }

  /// False if it would have to wait.
  private func put(
    _ level: LogLevel, _ line: borrowing LogLine, _ unixSeconds: UInt64
  ) -> Bool {
    var text = ByteWriter(limit: Self.lineByteCountMax)
    text.append(decimal: unixSeconds)
    text.append(" ")
    text.append(level.name)
    text.append(" ")
    text.append(line.source)
    text.append(":")
    text.append(decimal: UInt64(line.line))
    text.append(" ")
    text.append(line.text)
    var bytes = text.bytes
    bytes.append(UInt8(ascii: "\n"))
    return Process.writeNow(bytes)
  }
}
