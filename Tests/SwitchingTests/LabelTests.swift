import Bytes
import Switching
import Testing

@Suite struct LabelTests {
  @Test func `every label is read as it was written`() {
    var random = SeededGenerator(seed: 11)
    for _ in 0..<500 {
      let label = Label(.random(in: 0 ... .max, using: &random))
      var text = ByteWriter()
      label.appendText(to: &text)
      let written = text.bytes
      #expect(written.count == Label.characterCount)
      #expect(Label(text: written.span) == label)
    }
  }

  @Test func `reversing twice changes nothing, and the marker decides the count of bits`() {
    var random = SeededGenerator(seed: 12)
    for shift in 0..<64 {
      let label = Label(1 << UInt64(shift))
      #expect(label.reversed == Label(1 << UInt64(63 - shift)))
      #expect(label.bitCount == shift)
      let any = Label(UInt64.random(in: 0 ... .max, using: &random))
      #expect(any.reversed.reversed == any)
    }
    #expect(Label.unknown.bitCount == 0)
  }

  @Test func `what is spliced routes through, and is unspliced again`() {
    var random = SeededGenerator(seed: 13)
    for _ in 0..<1000 {
      let via = Label(UInt64.random(in: 2..<1 << 30, using: &random))
      let go = Label(UInt64.random(in: 1..<1 << 29, using: &random))
      let path = Label.splice(go, behind: via)
      #expect(path.bitCount == go.bitCount + via.bitCount)
      #expect(path.routesThrough(via))
      #expect(path.unspliced(at: via) == go)
      #expect(path.prefix(bitCount: via.bitCount) == via)
    }
  }

  @Test func `a prefix of any length has it`() {
    let path = Label(0b1_0110_1101)
    #expect(path.prefix(bitCount: 0) == .here)
    #expect(path.prefix(bitCount: 4) == Label(0b1_1101))
    #expect(path.prefix(bitCount: 8) == path)
    // What somebody else said may be longer than the path is.
    for count in 9...63 { #expect(path.prefix(bitCount: count).bitCount == count) }
  }

  @Test func `a path that is too long is unreachable`() {
    #expect(Label.splice(Label(1 << 30), behind: Label(1 << 30)) == .unreachable)
    #expect(Label.splice(Label(1 << 29), behind: Label(1 << 30)) == Label(1 << 59))
  }

  @Test func `what leads nowhere or is too long is not routable`() {
    for shift in 0..<64 {
      #expect(Label(1 << UInt64(shift)).isRoutable == (1...59).contains(shift))
    }
    #expect(Label((1 << 60) - 1).isRoutable)
    for label in [Label.unknown, .here, .unreachable] { #expect(!label.isRoutable) }
  }
}
