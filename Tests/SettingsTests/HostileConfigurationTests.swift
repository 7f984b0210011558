import Bytes
import Cryptography
import Testing

@testable import Settings

/// Whatever stands in a file: it is taken or refused with a place, and nothing traps.
@Suite struct HostileConfigurationTests {
  static func survives(_ text: [UInt8]) -> Bool {
    var notes: [ConfigurationNote] = []
    var lineCount = 1
    for byte in text where byte == 10 { lineCount += 1 }
    func isPlace(_ remark: ConfigurationRemark) -> Bool {
      (1...lineCount).contains(remark.line) && remark.column >= 1 && !remark.message.isEmpty
        && !remark.key.contains { $0 < 32 && $0 != 9 }
    }
    do throws(ConfigurationError) {
      _ = try Configuration.read(text.span, notes: &notes)
    } catch {
      guard isPlace(error) else { return false }
    }
    do throws(ConfigurationError) {
      let cleaned = try ConfigurationCleaner.clean(text.span, notes: &notes)
      let again = try ConfigurationCleaner.clean(cleaned.span, notes: &notes)
      guard cleaned == again else { return false }
    } catch {
      guard isPlace(error) else { return false }
    }
    return notes.allSatisfy { isPlace($0) }
  }

  @Test func `random bytes`() {
    let entropy = SeededEntropy(seed: 1)
    for _ in 0..<2000 {
      var text = [UInt8](repeating: 0, count: Int(entropy.random(below: 200)))
      var span = text.mutableSpan
      entropy.fillPublic(&span)
      #expect(Self.survives(text))
    }
  }

  @Test func `random members in any order`() {
    let entropy = SeededEntropy(seed: 2)
    let pieces = [
      "{", "}", "[", "]", ",", ":", "\"a\"", "\"version\"", "1", "2", "-7", "//x\n", "/*y*/", "\n",
      "\\x41", "\"\\x41\"", "\"security\"", "\"admin\"", "\"bind\"", " ", "/",
    ].map { Array($0.utf8) }
    for _ in 0..<5000 {
      var text = Array("{".utf8)
      for _ in 0..<entropy.random(below: 30) {
        text += pieces[Int(entropy.random(below: UInt64(pieces.count)))]
      }
      #expect(Self.survives(text))
    }
  }

  @Test func `generated configurations with a few bytes changed, removed or doubled`() {
    let entropy = SeededEntropy(seed: 3)
    let original = ConfigurationGenerator.generate(ethernet: true, entropy: entropy)
    for _ in 0..<400 {
      var text = original
      for _ in 0...entropy.random(below: 4) {
        let index = Int(entropy.random(below: UInt64(text.count)))
        switch entropy.random(below: 4) {
        case 0: text[index] = UInt8(truncatingIfNeeded: entropy.randomUInt32())
        case 1: text.remove(at: index)
        case 2: text.insert(text[index], at: index)
        default: text[index] = [34, 44, 58, 91, 93, 123, 125, 47][Int(entropy.random(below: 8))]
        }
      }
      #expect(Self.survives(text))
    }
  }

  @Test func `generated configurations cut off at any place`() {
    let text = ConfigurationGenerator.generate(ethernet: true, entropy: SeededEntropy(seed: 4))
    for count in stride(from: 0, to: text.count, by: 13) {
      #expect(Self.survives([UInt8](text.prefix(count))))
    }
  }
}
