import Bytes
import Cryptography
import Sessions
import Switching
import Wire

// The table of peers: entering, leaving, slots.
extension Peering {
  /// Puts a new peer, the other side of `session`, into the table; nil if that is full of peers
  /// that are not to be displaced.
  @inline(never)
  mutating func enter(
    _ session: Session, link: Int, address: LinkAddress, _ origin: PeerOrigin,
    _ role: PeerSupervision.Role, user: [UInt8], version: UInt32, at now: Instant
  ) -> Peer? {
    if peerCount >= peers.count {
      var all = UnprovenPeers()
      for i in peers.indices { all.add(peers[i], i) }
      if all.oldest >= 0 { remove(all.oldest, at: now) }
    }
    var number = 0
    while number < peers.count, peers[number] != nil { number += 1 }
    guard number < peers.count else {
      counters.exhaustedCount += 1
      return nil
    }
    let peer = Peer(
      session, link: link, address: address, origin, role, user: user, version: version,
      handshakes: TokenBucket(burst: limits.handshakeBurstPerPeer, at: now), at: now)
    peers[number] = peer
    peerCount += 1
    index.insert(link, address, peer: number)
    count(peer, 1)
    expect(peer.deadline)
    return peer
  }

  /// Takes peer `number` out; its slot is free afterwards.
  mutating func remove(_ number: Int, at now: Instant) {
    guard let peer = peers[number] else { return }
    leave(peer, number)
    guard let slot = peer.slot else {
      if peer.isAuthenticated || peer.origin == .configured {
        tell(.forgotten(peer.key, peer.address))
      }
      return
    }
    tellGone(peer)
    tell(.forgotten(peer.key, peer.address))
    liveSlots.remove(slot)
    slotPeers[slot] = nil
    slots.free(slot, at: now)
    peer.slot = nil
  }

  private mutating func leave(_ peer: Peer, _ number: Int) {
    index.remove(peer.link, peer.address)
    peers[number] = nil
    peerCount -= 1
    count(peer, -1)
  }

  private mutating func count(_ peer: Peer, _ change: Int) {
    guard !peer.supervision.isProven else { return }
    switch peer.supervision.role {
    case .candidate: candidateCount += change
    case .tentativeOpener: tentativeCount += change
    case .opener, .listener: break
    }
  }

  /// Steps the supervision with a proof of life, keeping count of those that gave none.
  mutating func heard(_ peer: Peer, at now: Instant) {
    if !peer.supervision.isProven { count(peer, -1) }
    _ = peer.supervision.step(.heard, at: now, random: jitter())
    expect(peer.deadline)
  }

  /// A number for jitter alone: nothing depends on its being unknown, and it costs no entropy for
  /// each packet.
  mutating func jitter() -> UInt32 {
    jitterState = jitterState &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return UInt32(truncatingIfNeeded: jitterState >> 32)
  }

  /// Sees to it that `wake` is called in time for `deadline`.
  mutating func expect(_ deadline: Instant) { nextDeadline = min(nextDeadline, deadline) }

  // MARK: Slots

  /// Gives a peer that has proved itself a slot of its own.
  @inline(never)
  mutating func allotSlot(_ peer: Peer, at now: Instant) {
    guard peer.slot == nil else { return }
    let isReserved = peer.origin == .configured
    let free = SlotAllocator.capacity - slots.count
    guard isReserved || free > limits.reservedSlotCount - reservedInUse,
      let slot = slots.allot(
        wish: limits.slotFollowsKey ? peer.key.bytes.span.load32(bigEndianAt: 0) : 0, at: now)
    else {
      counters.exhaustedCount += 1
      tell(.noSlot(peer.key, peer.address))
      return
    }
    give(slot, to: peer)
  }

  private mutating func give(_ slot: Int, to peer: Peer) {
    peer.slot = slot
    peer.label = EncodingScheme.v358.label(slot: slot) ?? .unknown
    slotPeers[slot] = peer
    if peer.isLive { liveSlots.insert(slot) }
  }

  private var reservedInUse: Int {
    var count = 0
    for peer in slotPeers {
      if let peer, peer.origin == .configured { count += 1 }
    }
    return min(count, limits.reservedSlotCount)
  }

  /// Lets `peer` take the slot of peer `number`, which is a former life of the same node.
  mutating func takeOver(_ number: Int, by peer: Peer) {
    guard let old = peers[number], let slot = old.slot else { return }
    leave(old, number)
    old.slot = nil
    give(slot, to: peer)
    if peer.version == 0 { peer.version = old.version }
    peer.latency = old.latency
    peer.isReportedUp = old.isReportedUp
    tell(.moved(peer.key, from: old.address, to: peer.address))
  }

  // MARK: What the router knows

  /// Reports `peer` as up if it is so and was not reported.
  mutating func tellUp(_ peer: Peer) {
    guard let slot = peer.slot, peer.isLive, peer.session.isEstablished else { return }
    liveSlots.insert(slot)
    guard peer.version >= Self.versionMin, !peer.isReportedUp else { return }
    peer.isReportedUp = true
    tell(.up(peer.report))
  }

  /// Reports `peer` as gone if it was reported as up.
  mutating func tellGone(_ peer: Peer) {
    if let slot = peer.slot { liveSlots.remove(slot) }
    guard peer.isReportedUp else { return }
    peer.isReportedUp = false
    tell(.gone(peer.report))
  }

  /// Stops all exchange with a peer whose version is too old.
  mutating func quarantine(_ peer: Peer, version: UInt32, learned: Bool, at now: Instant) {
    tellGone(peer)
    peer.version = version
    _ = peer.supervision.step(.incompatible(learned: learned), at: now)
    tell(.incompatible(peer.key, version: version, peer.address))
    expect(peer.deadline)
  }
}
