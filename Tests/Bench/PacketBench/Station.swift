import Bytes
import Cryptography
import Drivers
import Node
import Peering
import Sessions
import Wire

/// A node in its event loop, with one UDP link on loopback and no device: what it would give to one
/// is dropped and counted.
final class Station {
  static var password: [UInt8] { [0x6c, 0x69, 0x6e, 0x65] }

  let loop: EventLoop
  let address: LinkAddress

  init(seed: UInt64) throws(SystemError) {
    let entropy = SeededEntropy(seed: seed)
    loop = try EventLoop(identity: .generate(entropy), entropy: entropy)
    let link = try UDPLink(bind: .ipv4(127, 0, 0, 1, port: 0), dscp: 0, beaconPort: 0)
    address = link.bound
    guard loop.add(link) == 0 else { throw .unsupported }
  }

  /// Packets of others that it has passed on.
  var forwardedCount: UInt64 { loop.node.counters.forwardedCount }
  /// Packets that its operating system was given.
  var deliveredCount: UInt64 { loop.node.counters.tunSentCount }

  /// Lets whoever knows the password in.
  func open() throws(UserError) {
    try loop.node.addUser(password: Self.password, login: nil, address: nil)
  }

  func connect(to other: Station) throws(PeeringError) {
    try loop.node.connect(
      link: 0, address: other.address, key: other.loop.node.identity.publicKey,
      password: Self.password, login: nil, name: [], at: SystemClock.now, into: &loop.outbox)
    loop.flush()
  }

  /// Does what there is to do within `milliseconds`.
  func turn(_ milliseconds: UInt64) {
    _ = loop.turn(until: SystemClock.now + milliseconds)
    while loop.node.takeEvent() != nil {}
  }
}
