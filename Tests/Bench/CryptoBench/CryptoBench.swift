import CSystem
import Cryptography

/// Computes each primitive once, between marks that the plugin in count.c sees: closing a file
/// descriptor that cannot be.
@main
struct CryptoBench {
  static func main() {
    guard Backend.initialize() else { return }
    let scalar = bytes(32, 37, 1)
    let point = bytes(32, 91, 5)
    let nonce = bytes(24, 1, 0)
    let content = bytes(1000, 0, 0)
    var half = bytes(32, 0, 0)
    var whole = bytes(64, 0, 0)
    measure(1) {
      var result = half.mutableSpan
      _ = Backend.x25519(scalar.span, point.span, into: &result)
    }
    measure(2) {
      var result = half.mutableSpan
      Backend.x25519Base(scalar.span, into: &result)
    }
    measure(3) {
      var result = half.mutableSpan
      Backend.hsalsa20(key: scalar.span, input: point.span.extracting(0..<16), into: &result)
    }
    for (number, count) in [(4, 1300), (6, 100)] {
      var box = bytes(16 + count, 0, 0)
      measure(number) {
        var sealed = box.mutableSpan
        Backend.secretboxSeal(&sealed, nonce: nonce.span, key: scalar.span)
      }
      measure(number + 1) {
        var opened = box.mutableSpan
        _ = Backend.secretboxOpen(&opened, nonce: nonce.span, key: scalar.span)
      }
    }
    for (number, count) in [(8, 64), (9, 1000)] {
      measure(number) {
        var result = half.mutableSpan
        let hashed = content.span.extracting(0..<count)
        Backend.sha256(hashed, hashed.extracting(0..<0), into: &result)
      }
      measure(number + 2) {
        var result = whole.mutableSpan
        Backend.sha512(content.span.extracting(0..<count), into: &result)
      }
    }
  }

  /// Calls `body` between two marks.
  private static func measure(_ number: Int, _ body: () -> Void) {
    cs_close(0x4bad_0000)
    body()
    cs_close(0x4bad_0000 + Int32(number))
  }

  private static func bytes(_ count: Int, _ factor: Int, _ summand: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: $0 &* factor &+ summand) }
  }
}
