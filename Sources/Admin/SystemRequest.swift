import Peering
import Wire

/// What only the surroundings of a node can do or know; each is answered by a `SystemResult`.
public indirect enum SystemRequest: Equatable, Sendable {
  /// Open a UDP socket, add a link of the node for it: `.link`. A `beaconPort` other than 0 opens
  /// the socket for beacons too.
  case openUDP(bind: LinkAddress, dscp: UInt8, beaconPort: UInt16)
  /// Add a link of the node for a network device, by name: `.device`.
  case openEthernet(device: [UInt8])
  /// Add a link for a network device that is used whenever it is there, by name or, with `all`, for
  /// each that has no link by name: `.device`, or `.ok` for all. `network` is the name by which its
  /// beacons keep to themselves.
  case followEthernet(device: [UInt8], network: [UInt8]?, beacon: BeaconMode)
  /// Set what link `link` does about beacons: `.ok`.
  case setBeacon(link: Int, mode: BeaconMode)
  /// Where the beacons of a link go, device names, broadcast addresses or `all`: `.ok`.
  case setBeaconDevices(link: Int, [[UInt8]])
  /// What was set before: `.names`.
  case beaconDevices(link: Int)
  /// The addresses that beacons of a link are sent to now: `.addresses`.
  case beaconAddresses(link: Int)
  /// The names of the network devices, the loopback device only if it is asked for: `.names`.
  case listDevices(withLoopback: Bool)
  /// Open the TUN device, named or the next free one, in the place of an earlier one: `.ok`.
  case openTunnel(name: [UInt8]?)
  /// Close the TUN device: `.ok`, or `.failed("no tun currently configured")`.
  case closeTunnel
  /// Give up privileges: `.ok`. Without `group`, that of the user.
  case setUser(SystemUser, group: UInt32?, keepNetAdmin: Bool)
  /// Look a user up; nil: who we are. `.user`.
  case user(name: [UInt8]?)
  case chroot([UInt8])
  /// Allow no more open files: `.ok`.
  case forbidFiles
  /// Allow no more processes: `.ok`.
  case forbidForks
  /// Start-up is over: `.ok`.
  case setupComplete
  /// `.permissions`
  case permissions
  /// `.number`
  case processId
  /// Bytes that the node holds: `.number`.
  case memory
  /// End the process in order, with status 0, once the replies have been sent. Not answered.
  case exit
}
