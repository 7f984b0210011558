import Bytes
import Cryptography
import Switching
import Wire

/// Labels and forwarding under random walks.
enum SwitchingChecks {
  static func run(_ report: inout Report) {
    labels(&report)
    conversions(&report)
    journeys(&report)
  }

  private static func labels(_ report: inout Report) {
    report.expect(
      Label(0x0123_4567_89ab_cdef).reversed == Label(0xf7b3_d591_e6a2_c480), "label reversed")
    let entropy = SeededEntropy(seed: 30)
    var text = true
    var reversal = true
    for _ in 0..<500 {
      let label = Label(entropy.next() >> UInt64(entropy.number(below: 64)))
      var written = ByteWriter()
      label.appendText(to: &written)
      let bytes = written.bytes
      text = text && Label(text: bytes.span) == label
      reversal = reversal && label.reversed.reversed == label
    }
    report.expect(text, "labels in text there and back")
    report.expect(reversal, "labels reversed twice")
    var splices = true
    for _ in 0..<500 {
      let via = Label(1 << UInt64(entropy.number(below: 29)) | UInt64(entropy.number(below: 2)))
      let go = Label(entropy.next() >> 34 | 1 << 30)
      let path = Label.splice(go, behind: via)
      splices = splices && path.routesThrough(via) && path.unspliced(at: via) == go
    }
    report.expect(splices, "what is spliced is unspliced")
  }

  private static func conversions(_ report: inout Report) {
    let scheme = EncodingScheme.v358
    var ok = true
    for slot in 0...SlotSet.slotMax {
      guard let label = scheme.label(slot: slot) else {
        ok = false
        break
      }
      ok = ok && scheme.isOneHop(label) && scheme.director(of: label)?.slot == slot
      for form in scheme.forms.indices {
        guard let converted = scheme.convert(label, toForm: form) else { continue }
        ok = ok && scheme.director(of: converted)?.slot == slot
        ok = ok && scheme.canonical(converted) == label
      }
    }
    report.expect(ok, "every interface in every form and back")
  }

  /// Random paths, each director as wide as the way in at that hop: packets arrive, and so do
  /// their answers.
  private static func journeys(_ report: inout Report) {
    let entropy = SeededEntropy(seed: 31)
    let pool = FramePool(frameCount: 1)
    var live = SlotSet()
    for slot in 0...SlotSet.slotMax { live.insert(slot) }
    var arrives = true
    var returns = true
    for _ in 0..<300 {
      let journey = Journey(entropy)
      guard let path = journey.path, var frame = pool.take() else { continue }
      SwitchHeader(label: path.bits).push(onto: &frame)
      arrives = arrives && journey.goes(&frame, journey.hops, live)
      let back = Label(frame.span.load64(bigEndianAt: 0)).reversed
      frame.reset()
      SwitchHeader(label: back.bits).push(onto: &frame)
      returns = returns && journey.goes(&frame, journey.wayBack, live)
    }
    report.expect(arrives, "packets arrive along random paths")
    report.expect(returns, "their answers return")
  }

  /// A row of switches: at each the interface in and the interface out, the routers at the ends.
  private struct Journey {
    struct Hop {
      let source: Int
      let destination: Int
    }

    let hops: [Hop]

    init(_ entropy: SeededEntropy) {
      var hops: [Hop] = []
      var source = Switch.routerSlot
      for _ in 0..<(1 + entropy.number(below: 4)) {
        hops.append(Hop(source: source, destination: Self.slot(entropy)))
        source = Self.slot(entropy)
      }
      hops.append(Hop(source: source, destination: Switch.routerSlot))
      self.hops = hops
    }

    /// Most nodes have few peers; never the router.
    private static func slot(_ entropy: SeededEntropy) -> Int {
      let slot = entropy.number(below: entropy.number(below: 3) == 0 ? 256 : 8)
      return slot == Switch.routerSlot ? SlotSet.slotMax : slot
    }

    var wayBack: [Hop] {
      hops.reversed().map { Hop(source: $0.destination, destination: $0.source) }
    }

    /// nil if the way is too long for a label and what the ends need in addition.
    var path: Label? {
      let scheme = EncodingScheme.v358
      var path = Label.here
      var width = 0
      for hop in hops.dropLast().reversed() {
        guard let sourceForm = scheme.canonicalForm(slot: hop.source),
          let form = scheme.canonicalForm(slot: hop.destination),
          let director = scheme.director(slot: hop.destination, form: max(form, sourceForm))
        else { return nil }
        let directorWidth = scheme.forms[max(form, sourceForm)].width
        width += directorWidth
        path = Label.splice(path, behind: Label(1 << UInt64(directorWidth) | director))
      }
      return width + 14 <= Label.bitCountMax ? path : nil
    }

    func goes(_ frame: inout FrameBuffer, _ hops: [Hop], _ live: SlotSet) -> Bool {
      for hop in hops {
        let expected: Switch.Forwarding =
          hop.destination == Switch.routerSlot ? .toRouter : .to(hop.destination)
        guard Switch.forward(&frame, from: hop.source, live: live) == expected else { return false }
      }
      return true
    }
  }
}
