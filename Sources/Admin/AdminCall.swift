import Bytes
import Wire

/// Who asked, and when. Handed on by every function, hence an object.
final class AdminCall {
  let source: LinkAddress
  /// Goes back with each message of this request; may be empty.
  let txid: [UInt8]
  let now: Instant
  let unixSeconds: UInt64

  init(source: LinkAddress, txid: [UInt8], now: Instant, unixSeconds: UInt64) {
    self.source = source
    self.txid = txid
    self.now = now
    self.unixSeconds = unixSeconds
  }

  /// Milliseconds of the time of day at `instant`; 0 if there was none.
  func wallClock(_ instant: Instant?) -> Int64 {
    guard let instant else { return 0 }
    return Int64(clamping: unixSeconds) &* 1000 &- Int64(clamping: now.since(instant))
  }
}
