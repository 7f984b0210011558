import Bytes
import Cryptography
import Peering
import Routing
import Sessions
import Switching
import Wire

// What an operator can ask for and look at.
extension Node {
  // MARK: Links and peers

  /// Adds a link that carries addresses of `family` and returns its number; nil if all are taken.
  /// `network` is the name by which its beacons keep to themselves.
  public mutating func addLink(
    family: LinkAddress.Family, network: [UInt8]? = nil
  ) -> Int? {
    peering.addLink(family: family, network: network)
  }

  /// Tells that a link has begun or ceased to carry frames.
  public mutating func setLink(
    _ link: Int, isUp: Bool, at now: Instant, into outbox: inout Outbox
  ) {
    peering.setLink(link, isUp: isUp, at: now)
    settle(at: now, into: &outbox)
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
  @discardableResult
  public mutating func connect(
    link: Int, address: LinkAddress, key: PublicKey, password: [UInt8]?, login: [UInt8]?,
    name: [UInt8], version: UInt32 = 0, keepsSession: Bool = false, at now: Instant,
    into outbox: inout Outbox
  ) throws(PeeringError) -> EntryChange {
    try peering.connect(
      link: link, address: address, key: key, password: password, login: login, name: name,
      version: version, keepsSession: keepsSession, at: now, entropy: entropy, into: &outbox)
  }

  /// Tries a peer that had come in before a restart; see `Peering.dialRemembered`.
  public mutating func dialRemembered(
    _ peer: RememberedPeer, at now: Instant, into outbox: inout Outbox
  ) throws(PeeringError) {
    try peering.dialRemembered(peer, at: now, entropy: entropy, into: &outbox)
  }

  /// What is worth to be known of peers after a restart.
  public func peeringMemory() -> PeeringMemory { peering.memory() }

  /// Keeps slots for those to whom they belonged before a restart; see `Peering.keepSlots`.
  public mutating func keepSlots(for owners: [UInt32], at now: Instant) {
    peering.keepSlots(for: owners, at: now)
  }

  /// Removes all peers with `key`, or only a configured one, and returns how many there were; see
  /// `Peering.disconnect`.
  public mutating func disconnect(
    key: PublicKey, address: LinkAddress? = nil, link: Int = 0, at now: Instant
  ) -> Int {
    peering.disconnect(key: key, address: address, link: link, at: now)
  }

  /// Begins the sessions with all peers that have `key` (nil: with all) anew; returns how many.
  public mutating func resetPeering(key: PublicKey?, at now: Instant) -> Int {
    peering.resetPeering(key: key, at: now)
  }

  /// Takes what a radio says of the peer at `address` of `link`, if there is one; true if it is
  /// silent all the same.
  public func setRadio(_ state: RadioState, of address: LinkAddress, on link: Int) -> Bool {
    peering.setRadio(state, of: address, on: link)
  }

  /// Takes how strong a frame arrived; see `Peering.heard`.
  public func heard(signal: Int8, bitRate: UInt32, from address: LinkAddress, on link: Int) {
    peering.heard(signal: signal, bitRate: bitRate, from: address, on: link)
  }

  public var peerCount: Int { peering.peerCount }

  /// All about the `position`-th peer; nil from `peerCount` on.
  public func peerRecord(at position: Int, now: Instant) -> PeerRecord? {
    peering.record(at: position, now: now)
  }

  public var peeringCounters: PeeringCounters { peering.counters }

  // MARK: Users

  /// Lets whoever has `password` in; see `Peering.addUser`.
  public mutating func addUser(
    password: [UInt8], login: [UInt8]?, address: IPv6Address?
  ) throws(UserError) {
    try peering.addUser(password: password, login: login, address: address)
  }

  /// Lets whoever has `password` in, in the place of who is in the way; see `Peering.keepUser`.
  public mutating func keepUser(
    password: [UInt8], login: [UInt8]?, address: IPv6Address?
  ) throws(UserError) -> (change: EntryChange, login: [UInt8]) {
    try peering.keepUser(password: password, login: login, address: address)
  }

  /// Removes a user and returns how many there were; links that are up stay.
  public mutating func removeUser(login: [UInt8]) -> Int { peering.removeUser(login: login) }

  public var userCount: Int { peering.userCount }

  /// The login of the user at `index`, below `userCount`.
  public func userLogin(at index: Int) -> [UInt8] { peering.userLogin(at: index) }

  // MARK: Switch pings

  /// Pings the node at `label` with `data` (at most 52 bytes for a key ping, else 244); the result
  /// comes as an event with `token`, after `timeout` milliseconds at the latest. False if too many
  /// are out or the data is too long.
  public mutating func switchPing(
    _ kind: SwitchPingKind, label: Label, data: Span<UInt8>, timeout: UInt64, token: UInt32,
    at now: Instant, into outbox: inout Outbox
  ) -> Bool {
    guard var frame = pool.take(),
      let content = pinger.begin(
        kind, label: label, data: data, timeout: timeout, token: token, at: now, entropy: entropy)
    else { return false }
    let control: ControlFrame.Kind = kind == .ping ? .ping : .keyPing
    guard ControlFrame.build(&frame, kind: control, version: version, data: content.span) else {
      return false
    }
    if kind == .keyPing {
      let key = identity.publicKey.bytes
      ControlFrame.sealBehindHandle(&frame) { bytes in bytes.store(key.span, at: 12) }
    }
    send(frame, along: label, at: now, into: &outbox)
    settle(at: now, into: &outbox)
    return true
  }

  // MARK: Router

  /// Sends a query to the node that `route` leads to; see `Router.ask`. The end comes as an event
  /// with `token`, which is not 0. False if too many are out.
  public mutating func ask(
    _ query: Router.Query, of route: Route, timeout: UInt64?, token: UInt32, at now: Instant,
    into outbox: inout Outbox
  ) -> Bool {
    let isAsked = router.ask(
      query, of: route, timeout: timeout, token: token, at: now, entropy: entropy)
    settle(at: now, into: &outbox)
    return isAsked
  }

  /// Searches for the node at `address`; the steps and the end come as events with `token`, if
  /// that is not 0.
  public mutating func search(
    for address: IPv6Address, token: UInt32, requestCountMax: Int = Router.searchRequestCount,
    at now: Instant, into outbox: inout Outbox
  ) {
    router.search(
      for: address, token: token, requestCountMax: requestCountMax, at: now, entropy: entropy)
    settle(at: now, into: &outbox)
  }

  /// The best path in the router's table.
  public func route(to address: IPv6Address) -> Route? { router.route(to: address) }

  /// The path to the node nearest to `address`; see `Router.route(near:)`.
  public func route(near address: IPv6Address) -> Route? { router.route(near: address) }

  public var nodeCount: Int { router.nodeCount }

  public var routerCounters: RouterCounters { router.counters }

  /// All about a node in the router's table; nil from `nodeCount` on.
  public func nodeRecord(at position: Int, now: Instant) -> NodeRecord? {
    router.node(at: position, now: now)
  }

  /// All about the node at `address`, if the router knows it.
  public func nodeRecord(address: IPv6Address, now: Instant) -> NodeRecord? {
    router.node(for: address, now: now)
  }

  /// How many links from the node at `address` are known.
  public func linkCount(of address: IPv6Address) -> Int { router.linkCount(of: address) }

  /// The `position`-th link from the node at `address`.
  public func linkRecord(of address: IPv6Address, at position: Int) -> LinkRecord? {
    router.link(of: address, at: position)
  }

  // MARK: Sessions

  public var sessionCount: Int { sessions.count }

  /// All about the `position`-th session, in a stable order; nil from `sessionCount` on.
  public func sessionRecord(at position: Int) -> SessionRecord? {
    guard position >= 0 else { return nil }
    var left = position
    for number in 0..<sessions.capacity {
      guard let session = sessions[number] else { continue }
      if left == 0 { return session.record }
      left -= 1
    }
    return nil
  }

  /// The session whose receive handle this is.
  public func sessionRecord(handle: UInt32) -> SessionRecord? {
    sessions.find(handle: handle)?.record
  }

  /// The session with the node at `address`.
  public func sessionRecord(address: IPv6Address) -> SessionRecord? {
    sessions.find(address: address)?.record
  }

  /// Forgets the keys of the session with the node at `address`; false if there is none.
  public mutating func resetSession(address: IPv6Address, at now: Instant) -> Bool {
    guard let session = sessions.find(address: address) else { return false }
    session.reset()
    return true
  }
}

extension EndToEndSession {
  var record: SessionRecord {
    let statistics = statistics
    return SessionRecord(
      key: key, address: address, version: version, label: Label(paths.best?.label ?? 0),
      state: state.rawValue, stateName: state.name, receiveHandle: receiveHandle,
      sendHandle: sendHandle, metric: paths.best?.metric ?? .max,
      duplicateCount: UInt64(statistics.duplicateCount), lostCount: UInt64(statistics.lostCount),
      outOfRangeCount: UInt64(statistics.outOfRangeCount),
      receivedCount: UInt64(statistics.receivedCount), bytesIn: bytesIn, bytesOut: bytesOut,
      lastReceived: supervision.lastHeard, lastSent: supervision.lastSent)
  }
}
