import Bytes
import Cryptography
import Sessions
import Switching
import Wire

/// The direct neighbours of a node: who they are, how packets get to and from them, and whether
/// they are alive. A peer is one address on one link with its own session, and one slot of the
/// switch as soon as it has proved itself.
///
/// Pure: frames, time and randomness come in as arguments; what is to be sent goes to an `Outbox`,
/// what the router should know is taken with `takeEvent`. Nothing is allocated for a packet of an
/// established peer. The caller empties the events after each call and calls `wake` at
/// `nextDeadline`.
public struct Peering: ~Copyable {
  /// Older protocol versions are incompatible (links.md section 5).
  public static var versionMin: UInt32 { 20 }
  /// What a node without Noise may announce at most in a beacon (crypto.md section 7).
  public static var beaconVersionMax: UInt32 { 21 }
  /// The user that answers to our beacons.
  public static var beaconLogin: StaticString { "Local Peers" }
  /// Between two beacons of a link: at last, and at first.
  static var beaconMilliseconds: UInt64 { 32768 }
  static var beaconMillisecondsFirst: UInt64 { 1024 }
  static var eventCountMax: Int { 512 }

  let identity: Identity
  /// The protocol version that pings and beacons announce.
  public let version: UInt32
  public let limits: PeeringLimits
  let pool: FramePool

  var links: [Link?]
  var peers: [Peer?]
  /// By slot.
  var slotPeers: [Peer?]
  var index: AddressIndex
  var slots: SlotAllocator
  var users: UserTable
  /// Peers that have come in and proved nothing, and openers on hearsay that were not answered.
  var candidateCount = 0
  var tentativeCount = 0
  public internal(set) var peerCount = 0

  /// The interfaces that can carry packets now: what the switch forwards to.
  public internal(set) var liveSlots = SlotSet()
  /// The interfaces that belong to a peer, silent ones included.
  public var allottedSlots: SlotSet { slots.allotted }
  /// When to call `wake` next.
  public internal(set) var nextDeadline = Instant.never
  public internal(set) var counters = PeeringCounters()

  var sources: SourceLimiter
  var handshakes: TokenBucket
  var roamingTrials: TokenBucket
  /// Where the search for a roaming peer goes on.
  var roamingCursor = 0
  var pingHandle: UInt32
  var jitterState: UInt64
  let beaconPassword: FixedBytes<20>

  var events: [PeeringEvent] = []
  var eventHead = 0

  /// `version` is what this node announces. `entropy` gives the password of the beacons, which is
  /// made once per start.
  public init(
    identity: Identity, version: UInt32, pool: FramePool, limits: PeeringLimits = .init(),
    at now: Instant, entropy: Entropy
  ) {
    self.identity = identity
    self.version = version
    self.pool = pool
    self.limits = limits
    users = UserTable(capacity: limits.userCountMax)
    links = .init(repeating: nil, count: limits.linkCountMax)
    peers = .init(repeating: nil, count: limits.peerCountMax)
    slotPeers = .init(repeating: nil, count: SlotSet.slotMax + 1)
    index = AddressIndex(capacity: limits.peerCountMax, seed: entropy.randomUInt64())
    slots = SlotAllocator(restMilliseconds: limits.slotRestMilliseconds)
    sources = SourceLimiter(
      classCount: 256, perSecond: limits.handshakesPerSecondPerSource,
      burst: limits.handshakeBurstPerSource, seed: entropy.randomUInt64(), at: now)
    handshakes = TokenBucket(burst: limits.handshakeBurst, at: now)
    roamingTrials = TokenBucket(burst: limits.roamingTrialBurst, at: now)
    pingHandle = entropy.randomUInt32()
    jitterState = entropy.randomUInt64()
    var password = FixedBytes<20>()
    var bytes = password.mutableSpan
    entropy.fillSecret(&bytes)
    beaconPassword = password
    events.reserveCapacity(Self.eventCountMax)
  }

  // MARK: Links

  /// Adds a link that carries addresses of `family` and returns its number, the lowest that is
  /// free; nil when all are taken. Beacons are exchanged only with links of the same `network`, a
  /// name; nil: with whoever is heard.
  public mutating func addLink(
    family: LinkAddress.Family, network: [UInt8]? = nil
  ) -> Int? {
    guard let number = links.firstIndex(where: { $0 == nil }) else { return nil }
    links[number] = Link(
      family: family, password: network.map { Self.password(ofNetwork: $0) } ?? beaconPassword,
      isNetwork: network != nil,
      beacons: TokenBucket(burst: limits.beaconBurst, at: Instant(milliseconds: 0)))
    return number
  }

  /// Removes a link and all peers on it.
  public mutating func removeLink(_ link: Int, at now: Instant) {
    guard hasLink(link) else { return }
    links[link] = nil
    for i in peers.indices where peers[i]?.link == link { remove(i, at: now) }
  }

  /// Tells that `link` has begun or ceased to carry frames, which its peers would notice later.
  public mutating func setLink(_ link: Int, isUp: Bool, at now: Instant) {
    for peer in peers {
      guard let peer, peer.link == link else { continue }
      _ = peer.supervision.step(isUp ? .doubted : .cut, at: now)
      expect(peer.deadline)
      if !peer.isLive { tellGone(peer) }
    }
  }

  func hasLink(_ link: Int) -> Bool { link >= 0 && link < links.count && links[link] != nil }

  // MARK: Events

  /// The oldest event not yet taken; nil if there is none.
  public mutating func takeEvent() -> PeeringEvent? {
    guard eventHead < events.count else { return nil }
    let event = events[eventHead]
    eventHead += 1
    if eventHead == events.count {
      events.removeAll(keepingCapacity: true)
      eventHead = 0
    }
    return event
  }

  mutating func tell(_ event: PeeringEvent) {
    // Only a caller that takes no events gets here; what is for the log alone goes first.
    if events.count >= Self.eventCountMax {
      switch event {
      case .up, .gone: break
      default: return
      }
    }
    events.append(event)
  }

  // MARK: What is there

  /// The slot of the first peer with `key` that has one.
  public func slot(of key: PublicKey) -> Int? {
    for peer in peers {
      if let peer, peer.key == key, let slot = peer.slot { return slot }
    }
    return nil
  }

  /// What the router was last told about the peer on `slot`; nil if there is none, or it is not up.
  public func report(slot: Int) -> PeerReport? {
    guard let peer = peer(slot: slot), peer.isReportedUp else { return nil }
    return peer.report
  }

  /// The link address of the peer on `slot`.
  public func linkAddress(slot: Int) -> LinkAddress? { peer(slot: slot)?.address }

  func peer(slot: Int) -> Peer? {
    slot >= 0 && slot < slotPeers.count ? slotPeers[slot] : nil
  }

  /// All about the `position`-th peer, in a stable order; nil from `peerCount` on.
  public func record(at position: Int, now: Instant) -> PeerRecord? {
    guard position >= 0 else { return nil }
    var left = position
    for peer in peers {
      guard let peer else { continue }
      if left == 0 { return PeerRecord(peer, at: now) }
      left -= 1
    }
    return nil
  }

  /// Takes what a radio says of the peer at `address` of `link`, if there is one; true if it is
  /// silent all the same.
  public func setRadio(_ state: RadioState, of address: LinkAddress, on link: Int) -> Bool {
    guard let number = index.find(link, address), let peer = peers[number] else { return false }
    peer.radio = state
    return peer.supervision.isSilent
  }

  /// Takes how strong a frame of the peer at `address` of `link` arrived, dBm, where the driver
  /// keeps no account of neighbours; what is sent there goes at `bitRate`, kbit/s, 0 if unknown.
  public func heard(signal: Int8, bitRate: UInt32, from address: LinkAddress, on link: Int) {
    guard let number = index.find(link, address), let peer = peers[number] else { return }
    // It is never the same twice; an object for each frame would be too many.
    if let known = peer.radio?.signal, abs(Int(known) - Int(signal)) < 4 { return }
    peer.radio = RadioState(
      signal: signal, bitRate: bitRate, throughput: 0, sent: 0, retries: 0, failed: 0)
  }

  /// What is worth to be known after a restart (links.md section 14): established peers that came
  /// in, to be tried, and to whom slots belong.
  public func memory() -> PeeringMemory {
    var memory = PeeringMemory()
    for peer in peers {
      guard let peer, peer.origin == .incoming || peer.origin == .remembered,
        peer.session.isEstablished, peer.isLive
      else { continue }
      memory.peers.append(RememberedPeer(link: peer.link, address: peer.address, key: peer.key))
    }
    memory.owners = slots.owners
    return memory
  }

  /// Keeps slots for those to whom they belonged in an earlier life (`PeeringMemory.owners`). To be
  /// called before anybody is there.
  public mutating func keepSlots(for owners: [UInt32], at now: Instant) {
    slots.keep(for: owners, at: now)
  }
}
