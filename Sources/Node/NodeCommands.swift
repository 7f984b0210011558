import Bytes
import Cryptography
import Peering
import Switching
import Wire

// What an operator can ask for and look at.
extension Node {
  // MARK: Links and peers

  /// Adds a link that carries addresses of `family` and returns its number; nil if all are taken.
  public mutating func addLink(family: LinkAddress.Family) -> Int? {
    peering.addLink(family: family)
  }

  /// Removes a link and all peers on it.
  public mutating func removeLink(_ link: Int, at now: Instant) {
    peering.removeLink(link, at: now)
  }

  /// Sets what `link` does about beacons; see `Peering.setBeacon`. False if there is no such link.
  @discardableResult
  public mutating func setBeacon(
    link: Int, mode: BeaconMode, port: UInt16, targets: [LinkAddress], at now: Instant
  ) -> Bool {
    peering.setBeacon(link: link, mode: mode, port: port, targets: targets, at: now)
  }

  /// What `link` does about beacons; nil if there is no such link.
  public func beaconMode(link: Int) -> BeaconMode? { peering.beaconMode(link: link) }

  /// Opens a link to the node with `key`; see `Peering.connect`. `version` is 0 if unknown.
  public mutating func connect(
    link: Int, address: LinkAddress, key: PublicKey, password: [UInt8]?, login: [UInt8]?,
    name: [UInt8], version: UInt32 = 0, at now: Instant, into outbox: inout Outbox
  ) throws(PeeringError) {
    try peering.connect(
      link: link, address: address, key: key, password: password, login: login, name: name,
      version: version, at: now, entropy: entropy, into: &outbox)
  }

  /// Tries a peer that had come in before a restart; see `Peering.dialRemembered`.
  public mutating func dialRemembered(
    _ peer: RememberedPeer, at now: Instant, into outbox: inout Outbox
  ) throws(PeeringError) {
    try peering.dialRemembered(peer, at: now, entropy: entropy, into: &outbox)
  }

  /// Established peers that came in, worth a try after a restart.
  public func rememberedPeers() -> [RememberedPeer] { peering.rememberedPeers() }

  /// Removes all peers with `key` and returns how many there were.
  public mutating func disconnect(key: PublicKey, at now: Instant) -> Int {
    peering.disconnect(key: key, at: now)
  }

  /// Begins the sessions with all peers that have `key` (nil: with all) anew; returns how many.
  public mutating func resetPeering(key: PublicKey?, at now: Instant) -> Int {
    peering.resetPeering(key: key, at: now)
  }

  public var peerCount: Int { peering.peerCount }

  /// All about the `position`-th peer; nil from `peerCount` on.
  public func peerRecord(at position: Int, now: Instant) -> PeerRecord? {
    peering.record(at: position, now: now)
  }

  public var peeringCounters: PeeringCounters { peering.counters }

  // MARK: Switch pings

  /// Pings the node at `label` with `data` (at most 52 bytes for a key ping, else 244); the result
  /// comes as an event with `token`, after `timeout` milliseconds at the latest. False if too many
  /// are out or the data is too long.
  public mutating func switchPing(
    _ kind: SwitchPingKind, label: Label, data: Span<UInt8>, timeout: UInt64, token: UInt32,
    at now: Instant, into outbox: inout Outbox
  ) -> Bool {
    false
  }

  // MARK: Sessions

  public var sessionCount: Int { 0 }

  /// All about the `position`-th session; nil from `sessionCount` on.
  public func sessionRecord(at position: Int) -> SessionRecord? { nil }

  /// The session whose receive handle this is.
  public func sessionRecord(handle: UInt32) -> SessionRecord? { nil }

  /// The session with the node at `address`.
  public func sessionRecord(address: IPv6Address) -> SessionRecord? { nil }

  /// Forgets the keys of the session with the node at `address`; false if there is none.
  public mutating func resetSession(address: IPv6Address, at now: Instant) -> Bool { false }
}
