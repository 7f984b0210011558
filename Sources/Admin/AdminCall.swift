import Bytes
import Wire

/// Who asked, and when.
struct AdminCall {
  var source: LinkAddress
  /// Goes back with each message of this request; may be empty.
  var txid: [UInt8]
  var now: Instant
  var unixSeconds: UInt64

  /// Milliseconds of the time of day at `instant`; 0 if there was none.
  func wallClock(_ instant: Instant?) -> Int64 {
    guard let instant else { return 0 }
    return Int64(clamping: unixSeconds) &* 1000 &- Int64(clamping: now.since(instant))
  }
}
