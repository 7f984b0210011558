import Bytes
import Wire

/// One UDP socket or Ethernet device.
struct Link {
  let family: LinkAddress.Family
  /// What its beacons say, and let in.
  var password: FixedBytes<20>
  /// True if beacons with another password are of another network.
  var isNetwork = false
  var beaconMode = BeaconMode.off
  /// The data port that beacons announce (UDP).
  var beaconPort: UInt16 = 0
  /// Where beacons go.
  var beaconTargets: [LinkAddress] = []
  var nextBeacon = Instant.never
  var lastBeacon = Instant(milliseconds: 0)
  /// How long after the next one another follows: the first ones soon, for what has just been
  /// plugged in may not carry frames at once.
  var beaconPause: UInt64 = 0
  /// New peers from beacons. Of each link its own, so that a flood is felt on one alone.
  var beacons: TokenBucket

  /// Whose users may come in on it.
  var realm: UInt64 { password.span.load64(bigEndianAt: 0) }
}
