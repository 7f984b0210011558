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
}
