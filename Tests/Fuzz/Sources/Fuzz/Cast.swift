import Cryptography

/// Who takes part: always the same, as keys are dear to make.
enum Cast {
  /// Not Sendable, and used by one thread.
  nonisolated(unsafe) static let identities: [Identity] = {
    let entropy = SeededEntropy(seed: 1)
    return (0..<4).map { _ in Identity.generate(entropy) }.sorted { $0.publicKey < $1.publicKey }
  }()
  static let password = Array("a password for all".utf8)
}
