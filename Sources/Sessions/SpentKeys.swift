import Bytes
import Cryptography

/// The temporary keys of the last HELLOs that led to a session: nobody but an eavesdropper says
/// such a HELLO again (crypto.md 9, item 2). HELLOs that led to nothing are not kept, because a
/// peer repeats those until it is answered.
final class SpentKeys {
  /// The first 8 bytes of each, which tell keys apart well enough.
  private var prefixes = InlineArray<16, UInt64>(repeating: 0)
  private var next = 0

  func insert(_ key: PublicKey) {
    prefixes[next] = key.bytes.span.load64(bigEndianAt: 0)
    next = (next + 1) % prefixes.count
  }

  func contains(_ key: PublicKey) -> Bool {
    let prefix = key.bytes.span.load64(bigEndianAt: 0)
    var found = false
    for i in prefixes.indices where prefixes[i] == prefix { found = true }
    return found && prefix != 0
  }
}
