import Bytes
import CSystem

/// The clocks of the machine.
public enum SystemClock {
  /// Monotonic time: what the core calls now.
  public static var now: Instant { Instant(milliseconds: cs_monotonic_milliseconds()) }
  /// Seconds since 1970, for logs and cookies.
  public static var unixSeconds: UInt64 { cs_unix_seconds() }
}
