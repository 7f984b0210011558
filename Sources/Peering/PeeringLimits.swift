/// What the neighbours of a node can cost it at most.
///
/// Memory, with the values given here: a peer is about 1.6 kB with its session (`peerCountMax` of
/// them: 450 kB), the address index 1024 entries of 32 bytes (32 kB), the limiters 256 buckets of
/// 16 bytes (4 kB), events 512 of 64 bytes (32 kB), the slots 257 times 24 bytes (6 kB), a link
/// 600 bytes with its beacon targets (40 kB): 564 kB if every table is full, 55 kB at the start.
public struct PeeringLimits: Sendable {
  /// Peers of all kinds; at most 256 of them can have a slot. When full, a new one replaces the
  /// oldest that has proved nothing, if there is one.
  public var peerCountMax = 280
  /// Slots that only peers opened by configuration or command get.
  public var reservedSlotCount = 32
  /// Incoming peers that have proved nothing yet. The oldest goes when one more comes in.
  public var candidateCountMax = 48
  /// Of these, with one user's password.
  public var candidateCountMaxPerUser = 24
  /// Incoming peers from one IPv4 address, IPv6 /64 or Ethernet card.
  public var peerCountMaxPerSource = 16
  /// Peers known from beacons (and from an earlier life) that have not answered yet.
  public var tentativeCountMax = 32
  /// Peers known from beacons, all in all.
  public var beaconPeerCountMax = 96
  /// Handshakes from unknown addresses that cost an operation on the curve, of all sources.
  public var handshakesPerSecond = 50
  public var handshakeBurst = 100
  /// The same of one class of sources.
  public var handshakesPerSecondPerSource = 4
  public var handshakeBurstPerSource = 12
  /// Handshakes from the address of a peer, or with the key of one; of one peer.
  public var handshakesPerSecondPerPeer = 4
  public var handshakeBurstPerPeer = 8
  /// New peers from beacons.
  public var beaconsPerSecond = 4
  public var beaconBurst = 16
  /// Attempts to open a packet from an unknown address with the keys of silent peers.
  public var roamingTrialsPerSecond = 16
  public var roamingTrialBurst = 16
  /// The slot of a peer follows from its key, if that one is free.
  public var slotFollowsKey = true
  /// A slot that became free stays unused so long, if another of the same width is free.
  public var slotRestMilliseconds: UInt64 = 240_000
  /// Links, beacon targets of a link, and bytes of a password, login or name.
  public var linkCountMax = 64
  public var beaconTargetCountMax = 16
  public var textByteCountMax = 64
  /// Passwords that let others in.
  public var userCountMax = 64

  public init() {}
}
