import Bytes
import CSystem
import Node

/// The log of the machine (syslog).
public enum SystemLog {
  /// Connects, while it can still be reached.
  public static func open() { cs_syslog_open() }

  public static func write(_ level: LogLevel, _ text: [UInt8]) {
    let severity: Int32 =
      switch level {
      case .keys, .debug: 0
      case .info: 1
      case .warn: 2
      case .error: 3
      case .critical: 4
      }
    cs_syslog(severity, text, text.count)
  }
}
