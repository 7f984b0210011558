import Bytes
import Cryptography

/// All bytes that follow from a seed of 64: whoever knows the seed knows them, nobody else does.
/// Block n is SHA-256 of the seed and n in 8 bytes, big endian.
public final class SeedEntropy: Entropy {
  public static var seedByteCount: Int { 64 }

  private let seed: SecretBytes<64>
  private var blockCount: UInt64 = 0
  private var block = SecretBytes<32>()
  private var used = 32

  /// `seed` is of exactly 64 bytes.
  public init(seed: Span<UInt8>) {
    self.seed = SecretBytes(copying: seed)
  }

  public override func fillSecret(_ bytes: inout MutableSpan<UInt8>) { fill(&bytes) }

  public override func fillPublic(_ bytes: inout MutableSpan<UInt8>) { fill(&bytes) }

  private func fill(_ bytes: inout MutableSpan<UInt8>) {
    for i in 0..<bytes.count {
      if used == 32 {
        Self.compute(blockCount, seed, into: &block)
        blockCount += 1
        used = 0
      }
      bytes[i] = Self.byte(used, of: block)
      used += 1
    }
  }

  private static func compute(
    _ index: UInt64, _ seed: borrowing SecretBytes<64>, into block: inout SecretBytes<32>
  ) {
    var number = FixedBytes<8>()
    for i in 0..<8 { number[i] = UInt8(truncatingIfNeeded: index >> UInt64(56 - 8 * i)) }
    var result = block.mutableSpan
    Backend.sha256(seed.span, number.span, into: &result)
  }

  private static func byte(_ index: Int, of block: borrowing SecretBytes<32>) -> UInt8 {
    block.span[index]
  }
}
