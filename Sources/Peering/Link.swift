import Bytes
import Wire

/// One UDP socket or Ethernet device.
struct Link {
  let family: LinkAddress.Family
  var beaconMode = BeaconMode.off
  /// The data port that beacons announce (UDP).
  var beaconPort: UInt16 = 0
  /// Where beacons go.
  var beaconTargets: [LinkAddress] = []
  var nextBeacon = Instant.never
}
