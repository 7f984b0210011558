import Bytes
import Peering
import Wire

/// Who asked for what, and when. Handed on by every function, and kept if the answer comes later;
/// hence an object.
final class AdminCall {
  let source: LinkAddress
  /// Goes back with each message of this request; may be empty.
  let txid: [UInt8]
  let now: Instant
  let unixSeconds: UInt64
  /// The interface's own notion until a function was found.
  var function = AdminFunction.ping

  // MARK: While it waits for its answer
  /// By which the answer finds it.
  var token: UInt32 = 0
  /// When its place may be used by another one.
  var deadline = Instant.never
  /// What was asked for, where the answer repeats it.
  var beacon = BeaconMode.off
  /// How a search goes: for whom, who answered last (its node address), how many did.
  var target = IPv6Address(FixedBytes())
  var lastAnswer: [UInt8] = []
  var answerCount = 0

  init(source: LinkAddress, txid: [UInt8], now: Instant, unixSeconds: UInt64) {
    self.source = source
    self.txid = txid
    self.now = now
    self.unixSeconds = unixSeconds
  }

  /// Milliseconds of the time of day at `instant`; 0 if there was none.
  @inline(never)
  func wallClock(_ instant: Instant?) -> Int64 {
    guard let instant else { return 0 }
    return Int64(clamping: unixSeconds) &* 1000 &- Int64(clamping: now.since(instant))
  }
}
