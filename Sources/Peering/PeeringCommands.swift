import Bytes
import Cryptography
import Sessions
import Switching
import Wire

// What an operator can ask for.
extension Peering {
  /// Opens a link to the node with `key` at `address` of `link`. `version` is its protocol
  /// version, 0 if unknown; `name` is shown as its user. A peer that is there already is replaced;
  /// with `keepsSession` it goes on as it is, and only what it is told to be changes.
  @discardableResult
  public mutating func connect(
    link: Int, address: LinkAddress, key: PublicKey, password: [UInt8]?, login: [UInt8]?,
    name: [UInt8], version peerVersion: UInt32, keepsSession: Bool = false, at now: Instant,
    entropy: Entropy, into outbox: inout Outbox
  ) throws(PeeringError) -> EntryChange {
    try check(link, address, key)
    guard name.count <= limits.textByteCountMax,
      (password?.count ?? 0) <= limits.textByteCountMax,
      (login?.count ?? 0) <= limits.textByteCountMax
    else { throw .textTooLong }
    if keepsSession, let peer = peer(link: link, address: address, key: key) {
      let isNew = peer.origin != .configured
      if isNew { adopt(peer) }
      let hasOther = peer.session.setCredentials(password: password, login: login)
      let isRenamed = peer.user != name
      peer.user = name
      return isNew || hasOther || isRenamed ? .changed : .none
    }
    if let number = index.find(link, address) { remove(number, at: now) }
    let session = Session(
      identity: identity, peer: key, requireAuthentication: false, at: now)
    session.setCredentials(password: password, login: login)
    guard
      let peer = enter(
        session, link: link, address: address, .configured, .opener, user: name,
        version: peerVersion, at: now)
    else { throw .full }
    if peerVersion != 0, peerVersion < Self.versionMin {
      quarantine(peer, version: peerVersion, learned: false, at: now)
      return .new
    }
    sendPing(to: peer, .current, at: now, entropy: entropy, into: &outbox)
    return .new
  }

  /// One that came in or was heard becomes one that we open.
  @inline(never)
  private func adopt(_ peer: Peer) {
    peer.origin = .configured
    peer.homeAddress = peer.address
    peer.supervision.becomeOpener(forGood: true)
    peer.session.becomeOpener()
  }

  /// The peer with `key` that was told to be at `address` of `link`, wherever it is now, or that is
  /// there and has proved itself; nil if there is none.
  @inline(never)
  private func peer(link: Int, address: LinkAddress, key: PublicKey) -> Peer? {
    var found: Peer?
    for peer in peers {
      guard let peer, peer.link == link, peer.key == key else { continue }
      if peer.origin == .configured {
        if peer.homeAddress == address { return peer }
      } else if peer.address == address, peer.supervision.isProven {
        found = peer
      }
    }
    return found
  }

  /// Tries a peer that had come in before a restart: if it still holds the old session it answers
  /// with its password, and is forgotten if it does not answer (links.md section 14).
  public mutating func dialRemembered(
    _ remembered: RememberedPeer, at now: Instant, entropy: Entropy, into outbox: inout Outbox
  ) throws(PeeringError) {
    try check(remembered.link, remembered.address, remembered.key)
    // Whoever is there already needs no such call.
    if index.find(remembered.link, remembered.address) != nil { return }
    guard tentativeCount < limits.tentativeCountMax else { throw .full }
    let session = Session(
      identity: identity, peer: remembered.key, requireAuthentication: true, at: now)
    guard
      let peer = enter(
        session, link: remembered.link, address: remembered.address, .remembered,
        .tentativeOpener, user: [], version: 0, at: now)
    else { throw .full }
    sendPing(to: peer, .current, at: now, entropy: entropy, into: &outbox)
  }

  /// Whether there can be a peer with `key` at `address` of `link`.
  @inline(never)
  private func check(
    _ link: Int, _ address: LinkAddress, _ key: PublicKey
  ) throws(PeeringError) {
    guard hasLink(link), let family = links[link]?.family else { throw .noSuchLink }
    guard address.family == family else { throw .wrongFamily }
    guard key != identity.publicKey else { throw .ownKey }
    guard !key.isZero, key.isUsable else { throw .unusableKey }
  }

  /// Removes all peers with `key` and returns how many there were; with an `address`, only the one
  /// that was told to be there, on `link`.
  public mutating func disconnect(
    key: PublicKey, address: LinkAddress? = nil, link: Int = 0, at now: Instant
  ) -> Int {
    var count = 0
    for number in peers.indices {
      guard let peer = peers[number], peer.key == key else { continue }
      if let address {
        guard peer.origin == .configured, peer.link == link, peer.homeAddress == address else {
          continue
        }
      }
      remove(number, at: now)
      count += 1
    }
    return count
  }

  /// Sets the sessions of all peers with `key` (nil: of all) back to the beginning; returns how
  /// many. They are opened anew at the next `wake`.
  public mutating func resetPeering(key: PublicKey?, at now: Instant) -> Int {
    var count = 0
    for peer in peers {
      guard let peer, key == nil || peer.key == key else { continue }
      peer.session.reset()
      peer.keyAt = nil
      _ = peer.supervision.step(.reset, at: now)
      expect(peer.deadline)
      count += 1
    }
    return count
  }
}
