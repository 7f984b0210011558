import Bytes
import Switching
import Testing

@Suite struct EncodingSchemeTests {
  static let schemes: [EncodingScheme] = [.v358, .v48, .fixed4, .fixed8]

  @Test(arguments: schemes.indices)
  func `every interface has a label that names it`(number: Int) throws {
    let scheme = Self.schemes[number]
    let slotCount = [257, 256, 16, 256][number]
    for slot in 0..<slotCount {
      let label = try #require(scheme.label(slot: slot))
      #expect(scheme.isOneHop(label))
      #expect(scheme.director(of: label)?.slot == slot)
      #expect(scheme.canonical(label) == label)
      #expect(scheme.isSelf(label) == (slot == 1))
    }
    #expect(scheme.label(slot: slotCount) == nil)
    #expect(scheme.label(slot: -1) == nil)
  }

  @Test func `a label converted and made canonical is what it was`() {
    var random = SeededGenerator(seed: 14)
    for _ in 0..<2000 {
      let label = Label(
        UInt64.random(in: 1 ... .max, using: &random) >> UInt64.random(in: 5...60, using: &random)
          | 1 << 4)
      for scheme in Self.schemes {
        guard let canonical = scheme.canonical(label) else { continue }
        for form in scheme.forms.indices {
          guard let converted = scheme.convert(canonical, toForm: form) else { continue }
          #expect(scheme.director(of: converted)?.slot == scheme.director(of: label)?.slot)
          #expect(scheme.canonical(converted) == canonical)
        }
      }
    }
  }

  @Test func `a label told to a peer is at least as wide as the peer's own`() {
    var random = SeededGenerator(seed: 15)
    let scheme = EncodingScheme.v358
    for _ in 0..<2000 {
      let target = Label(
        UInt64.random(in: 2 ... .max, using: &random) >> UInt64.random(in: 5...60, using: &random))
      let asker = scheme.label(slot: .random(in: 0...256, using: &random))!
      guard let widened = scheme.widened(target, for: asker), widened != .here else { continue }
      let width = scheme.width(of: widened)!
      #expect(width >= scheme.width(of: asker)!)
      #expect(scheme.director(of: widened)?.slot == scheme.director(of: target)?.slot)
      #expect(widened.bits >> UInt64(width) == target.bits >> UInt64(scheme.width(of: target)!))
      #expect(widened.bitCount <= Label.bitCountMax || widened == target)
    }
  }

  @Test func `bytes are a scheme that is written again as they are, or none`() {
    var random = SeededGenerator(seed: 16)
    for _ in 0..<20_000 {
      let bytes = (0..<Int.random(in: 0...12, using: &random)).map { _ in
        UInt8.random(in: 0...255, using: &random) & .random(in: 0...255, using: &random)
      }
      guard let scheme = EncodingScheme(serialized: bytes.span) else { continue }
      let again = scheme.serialized
      #expect(EncodingScheme(serialized: again.span) == scheme)
      #expect(bytes.starts(with: again))
      #expect(bytes.dropFirst(again.count).allSatisfy { $0 == 0 })
    }
  }

  @Test func `a scheme has at most 31 forms`() {
    let bytes = [UInt8](repeating: 0x21, count: 400)
    #expect(EncodingScheme(serialized: bytes.span) == nil)
  }
}
