/// Where log lines go, besides to whoever subscribes by the admin interface: `logging.logTo`.
public enum LogTarget: Sendable {
  case subscribers
  case stdout
  case syslog
}
