import Bytes
import Cryptography

/// Gives out recorded bytes in their order, one draw for each call; zeros when there are no more.
final class ScriptedEntropy: Entropy {
  private var draws: [[UInt8]] = []

  override init() {}

  func script(_ draws: [[UInt8]]) { self.draws = draws }

  var isUsedUp: Bool { draws.isEmpty }

  override func fillSecret(_ bytes: inout MutableSpan<UInt8>) { fill(&bytes) }

  override func fillPublic(_ bytes: inout MutableSpan<UInt8>) { fill(&bytes) }

  private func fill(_ bytes: inout MutableSpan<UInt8>) {
    let draw = draws.isEmpty ? [] : draws.removeFirst()
    for i in 0..<bytes.count { bytes[i] = i < draw.count ? draw[i] : 0 }
  }
}
