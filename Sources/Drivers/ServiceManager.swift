import CSystem

/// The manager that started this process as a service and wants to hear how it goes (systemd).
/// Without one in the environment nothing is sent, and costs nothing.
public enum ServiceManager {
  /// What it understands.
  public enum News: Sendable {
    case ready, alive, ending
  }

  /// Has to be called before the process gives up the right to see the manager's socket.
  public static func open() { cs_service_open() }

  /// How often to send `.alive`: half the time after which it would end this process. nil: never.
  public static var aliveMilliseconds: UInt64? {
    let milliseconds = UInt64(cs_service_watchdog_milliseconds())
    return milliseconds > 0 ? max(milliseconds / 2, 1) : nil
  }

  public static func tell(_ news: News) {
    let text: StaticString =
      switch news {
      case .ready: "READY=1"
      case .alive: "WATCHDOG=1"
      case .ending: "STOPPING=1"
      }
    cs_service_tell(text.utf8Start, text.utf8CodeUnitCount)
  }
}
