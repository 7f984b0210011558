import Bytes

/// The same bytes for the same seed, for tests and the simulator. Never for a real node: whoever
/// sees some output can compute all of it.
///
/// xoshiro256**, seeded by splitmix64 (Blackman and Vigna, public domain).
public final class SeededEntropy: Entropy {
  private var a: UInt64
  private var b: UInt64
  private var c: UInt64
  private var d: UInt64

  public init(seed: UInt64) {
    var state = seed
    a = Self.splitmix(&state)
    b = Self.splitmix(&state)
    c = Self.splitmix(&state)
    d = Self.splitmix(&state)
  }

  public override func fillSecret(_ bytes: inout MutableSpan<UInt8>) { fill(&bytes) }

  public override func fillPublic(_ bytes: inout MutableSpan<UInt8>) { fill(&bytes) }

  /// The next 64 bits of the sequence.
  public func next() -> UInt64 {
    let product = b &* 5
    let result = (product << 7 | product >> 57) &* 9
    let shifted = b << 17
    c ^= a
    d ^= b
    b ^= c
    a ^= d
    c ^= shifted
    d = d << 45 | d >> 19
    return result
  }

  private func fill(_ bytes: inout MutableSpan<UInt8>) {
    var word: UInt64 = 0
    for i in 0..<bytes.count {
      if i % 8 == 0 { word = next() }
      bytes[i] = UInt8(truncatingIfNeeded: word)
      word >>= 8
    }
  }

  private static func splitmix(_ state: inout UInt64) -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }
}
