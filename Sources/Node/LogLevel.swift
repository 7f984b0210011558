/// How much a log line matters, lowest first, as the admin interface names them.
public enum LogLevel: UInt8, Comparable, Sendable {
  case keys, debug, info, warn, error, critical

  public static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }

  public var name: StaticString {
    switch self {
    case .keys: "KEYS"
    case .debug: "DEBUG"
    case .info: "INFO"
    case .warn: "WARN"
    case .error: "ERROR"
    case .critical: "CRITICAL"
    }
  }
}
