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
  func write(_ level: LogLevel, _ line: LogLine, unixSeconds: UInt64) {
    if case .syslog = target { SystemLog.write(level, line.text) }
    guard isStarting || keepsOutput else { return }
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
    Process.write(text.bytes + [UInt8(ascii: "\n")])
  }
}
