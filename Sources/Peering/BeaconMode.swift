/// What a link does about beacons (links.md section 6).
public enum BeaconMode: UInt8, Sendable {
  case off = 0
  /// Connect to those heard.
  case accept = 1
  /// Be heard, too.
  case send = 2
}
