import Bytes
import Peering
import Switching

/// Who may cost this node how much: token buckets for each neighbour, and for what lies behind.
struct NodeGates: ~Copyable {
  /// Return paths share this many buckets; a secret hash says which.
  private static var pathClassCount: Int { 256 }
  private static var slotCount: Int { SlotSet.slotMax + 1 }

  private let limits: NodeLimits
  private let seed: UInt64
  private var errors: [TokenBucket]
  private var answers: [TokenBucket]
  private var peerHandshakes: [TokenBucket]
  private var pathHandshakes: [TokenBucket]
  private var handshakes: TokenBucket
  private var complaints: TokenBucket

  init(_ limits: NodeLimits, seed: UInt64, at now: Instant) {
    self.limits = limits
    self.seed = seed
    func full(_ burst: Int, _ count: Int) -> [TokenBucket] {
      .init(repeating: TokenBucket(burst: burst, at: now), count: count)
    }
    errors = full(limits.errorBurstPerPeer, Self.slotCount)
    answers = full(limits.answerBurstPerPeer, Self.slotCount)
    peerHandshakes = full(limits.handshakeBurstPerPeer, Self.slotCount)
    pathHandshakes = full(limits.handshakeBurstPerPath, Self.pathClassCount)
    handshakes = TokenBucket(burst: limits.handshakeBurst, at: now)
    complaints = TokenBucket(burst: limits.complaintBurst, at: now)
  }

  /// True if one more error packet may go to the neighbour on `slot`.
  mutating func admitError(to slot: Int, at now: Instant) -> Bool {
    errors[slot].take(
      perSecond: limits.errorsPerSecondPerPeer, burst: limits.errorBurstPerPeer, at: now)
  }

  /// True if one more answer to a control query may go to the neighbour on `slot`.
  mutating func admitAnswer(to slot: Int, at now: Instant) -> Bool {
    answers[slot].take(
      perSecond: limits.answersPerSecondPerPeer, burst: limits.answerBurstPerPeer, at: now)
  }

  /// True if a handshake that came in on `slot` along the return path `label` may cost an
  /// operation on the curve. Whoever is behind is asked before all are, so that one who sends too
  /// much takes nothing from the others.
  mutating func admitHandshake(from label: Label, slot: Int, at now: Instant) -> Bool {
    var hash = (seed ^ label.bits) &* 0x9e37_79b9_7f4a_7c15
    hash = (hash ^ (hash >> 32)) &* 0xbf58_476d_1ce4_e5b9
    let path = Int(truncatingIfNeeded: hash >> 40) & (Self.pathClassCount - 1)
    return pathHandshakes[path].take(
      perSecond: limits.handshakesPerSecondPerPath, burst: limits.handshakeBurstPerPath, at: now)
      && peerHandshakes[slot].take(
        perSecond: limits.handshakesPerSecondPerPeer, burst: limits.handshakeBurstPerPeer, at: now)
      && handshakes.take(
        perSecond: limits.handshakesPerSecond, burst: limits.handshakeBurst, at: now)
  }

  /// True if the local host may be sent one more ICMPv6 error.
  mutating func admitComplaint(at now: Instant) -> Bool {
    complaints.take(
      perSecond: limits.complaintsPerSecond, burst: limits.complaintBurst, at: now)
  }
}
