import Bytes
import Peering
import Wire

/// A request that is answered later.
struct PendingCall {
  var token: UInt32
  var function: AdminFunction
  var source: LinkAddress
  var txid: [UInt8]
  /// When its place may be used by another one.
  var deadline: Instant
  /// What was asked for, where the answer repeats it.
  var beacon = BeaconMode.off
  /// How a search goes: for whom, who answered last (its node address), how many did.
  var target: IPv6Address?
  var lastAnswer: [UInt8] = []
  var answerCount: Int64 = 0
}
