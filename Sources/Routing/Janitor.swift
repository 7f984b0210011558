#if !APPLIANCE
  import Bytes
  import Cryptography
  import Switching

  /// What the original's periodic work has in mind (routing.md section 14).
  struct Janitor: Sendable {
    /// Answers of searches that are not in the table, better paths, and such as failed.
    var external: RumorMill
    /// Other paths to nodes of the table.
    var links: RumorMill
    /// Nodes of which the table has too few.
    var nodes: RumorMill
    /// What is near in key space.
    var keyspace: RumorMill
    /// Direct peers, one of which is looked at each second.
    var peers: [Route] = []
    var peerAt: Instant
    private var nextPeer = 0
    var cycleAt: Instant
    /// Nodes behind links that broke: they are searched for.
    var lost: [IPv6Address] = []
    /// Paths that were answered lately.
    private var answered: [(label: Label, at: Instant)] = []

    init(own: IPv6Address, at now: Instant, entropy: Entropy) {
      external = RumorMill(own: own, capacity: 64)
      links = RumorMill(own: own, capacity: 64)
      nodes = RumorMill(own: own, capacity: 64)
      keyspace = RumorMill(own: own, capacity: 512)
      peerAt = now + 1000
      cycleAt = now + Self.pause(entropy)
    }

    static func pause(_ entropy: Entropy) -> UInt64 { 500 + entropy.random(below: 1000) }

    /// It is the next one to be looked at.
    mutating func add(peer: Route, at now: Instant) {
      peers.append(peer)
      nextPeer = max(0, peers.count - 2)
      peerAt = now
    }

    mutating func takePeer() -> Route? {
      guard !peers.isEmpty else { return nil }
      nextPeer = (nextPeer + 1) % peers.count
      return peers[nextPeer]
    }

    mutating func noteAnswer(along label: Label, at now: Instant) {
      answered.removeAll { $0.label == label }
      if answered.count >= 64 { answered.removeFirst() }
      answered.append((label, now))
    }

    func isAnswered(_ label: Label, at now: Instant) -> Bool {
      answered.contains { $0.label == label && now.since($0.at) < 30_000 }
    }
  }
#endif
