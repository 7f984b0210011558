import Bytes
import Wire

/// One token bucket for each of a fixed number of classes of sources: who sends much slows down
/// himself and the few that the secret hash puts into the same class.
struct SourceLimiter: ~Copyable {
  private var buckets: [TokenBucket]
  private let seed: UInt64
  private let perSecond: Int
  private let burst: Int

  init(classCount: Int, perSecond: Int, burst: Int, seed: UInt64, at now: Instant) {
    precondition(classCount > 0)
    buckets = .init(repeating: TokenBucket(burst: burst, at: now), count: classCount)
    self.seed = seed
    self.perSecond = perSecond
    self.burst = burst
  }

  /// True if `source` may have one more now. All ports of an IPv4 address and all addresses of an
  /// IPv6 /64 are one source.
  mutating func take(_ source: LinkAddress, at now: Instant) -> Bool {
    let index = Int(source.prefixHash(seed: seed) % UInt64(buckets.count))
    return buckets[index].take(perSecond: perSecond, burst: burst, at: now)
  }
}

extension LinkAddress {
  /// Bytes of `bytes` that one owner can hardly choose freely.
  private var prefixByteCount: Int {
    switch family {
    case .ipv6: 8
    case .ipv4: 4
    case .ethernet, .none: 6
    }
  }

  /// True if both belong to the same source: IPv4 address, IPv6 /64 or Ethernet card.
  func hasSamePrefix(as other: LinkAddress) -> Bool {
    guard family == other.family else { return false }
    for i in 0..<prefixByteCount where bytes[i] != other.bytes[i] { return false }
    return true
  }

  func prefixHash(seed: UInt64) -> UInt64 {
    var hash = seed ^ UInt64(family.rawValue)
    for i in 0..<prefixByteCount { hash = Self.mix(hash ^ UInt64(bytes[i])) }
    return Self.finish(hash)
  }

  /// A hash of a whole address and `link`; `seed` keeps others from choosing collisions.
  ///
  /// Static: LLVM for ARM merges the loads of all words of `self` into one that changes the
  /// register of `self`, which the caller relies on, and does not save it.
  static func hash(_ address: LinkAddress, link: Int, seed: UInt64) -> UInt64 {
    let words = address.words
    var hash = seed ^ UInt64(address.family.rawValue) << 48 ^ UInt64(address.port) << 32
    hash = mix(hash ^ UInt64(address.scope) ^ UInt64(truncatingIfNeeded: link))
    hash = mix(hash ^ (UInt64(words[0]) << 32 | UInt64(words[1])))
    hash = mix(hash ^ (UInt64(words[2]) << 32 | UInt64(words[3])))
    return finish(hash)
  }

  // One round and the end of splitmix64 (Vigna, public domain): strong enough against who cannot
  // see the result, and the tables are so small that a collision costs little.
  @inline(__always)
  private static func mix(_ value: UInt64) -> UInt64 {
    var x = value &+ 0x9e37_79b9_7f4a_7c15
    x = (x ^ (x >> 30)) &* 0xbf58_476d_1ce4_e5b9
    return x ^ (x >> 27)
  }

  @inline(__always)
  private static func finish(_ value: UInt64) -> UInt64 {
    let x = value &* 0x94d0_49bb_1331_11eb
    return x ^ (x >> 31)
  }
}
