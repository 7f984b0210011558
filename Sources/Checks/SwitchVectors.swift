import Bytes
import Switching
import Wire

/// Labels, encoding schemes and forwarding.
enum SwitchVectors {
  /// switch-label-text.json
  static func labelTexts(_ json: JSON, _ report: inout Report) {
    let prints = json["print"].items
    for (number, entry) in prints.enumerated() {
      var text = ByteWriter()
      entry["value"].label?.appendText(to: &text)
      let again = Label(text: text.bytes.span)
      report.expect(
        text.bytes == entry["text"].text
          && (entry["parses"].bool == true ? entry["value"].label : nil) == again,
        "print", number)
    }
    let parses = json["parse"].items
    for (number, entry) in parses.enumerated() {
      let text = entry["text"].text ?? [0]
      report.expect(entry["value"].isLabel(Label(text: text.span)), "parse", number)
    }
    report.finish(casesInFile: prints.count + parses.count)
  }

  /// switch-splicer.json
  static func splicing(_ json: JSON, _ report: inout Report) {
    let splices = json["splice"].items
    for (number, entry) in splices.enumerated() {
      report.expect(spliceMatches(entry, result: entry["result"]), "splice", number)
    }
    let routes = json["routes"].items
    for (number, entry) in routes.enumerated() {
      var ok = false
      if let path = entry["destination"].label, let middle = entry["midPath"].label {
        ok = path.routesThrough(middle) == entry["routesThrough"].bool
        ok =
          ok
          && (entry["unspliced"].isNull || path.unspliced(at: middle) == entry["unspliced"].label)
      }
      report.expect(ok, "route", number)
    }
    let widenings = json["getLabelFor"].items
    for (number, entry) in widenings.enumerated() {
      let ok = widens(entry["target"], entry["whoIsAsking"], entry["result"])
      report.expect(
        ok, Report.caseName("getLabelFor", [number]), ours: refused(entry, "whoIsAsking"))
    }
    let logarithms = json["log2"].items
    for (number, entry) in logarithms.enumerated() {
      report.expect(entry[0].label?.bitCount == entry[1].count, "log2", number)
    }
    report.expect(Label.unknown.bitCount == json["log2OfZero"].count, "log2OfZero")
    let reversals = json["bitReverse"].items
    for (number, entry) in reversals.enumerated() {
      report.expect(
        entry[0].label?.reversed == entry[1].label && entry[1].label?.reversed == entry[0].label,
        "bitReverse", number)
    }
    report.finish(
      casesInFile: splices.count + routes.count + widenings.count + logarithms.count + 1
        + reversals.count)
  }

  private static func spliceMatches(_ entry: JSON, result: JSON) -> Bool {
    guard let go = entry["goHere"].label, let via = entry["viaHere"].label else { return false }
    return Label.splice(go, behind: via) == result.label
  }

  private static func widens(_ target: JSON, _ asker: JSON, _ result: JSON) -> Bool {
    guard let target = target.label, let asker = asker.label else { return false }
    return result.isLabel(EncodingScheme.v358.widened(target, for: asker))
  }

  /// Where a label cannot be written, the original writes one that nobody can use.
  private static func refused(_ entry: JSON, _ asker: StaticString) -> (JSON) -> Bool {
    { expected in
      guard let target = entry["target"].label, let asker = entry[asker].label else { return false }
      return expected.isNull && EncodingScheme.v358.widened(target, for: asker) == nil
    }
  }

  // MARK: Encoding schemes

  private static func forms(_ json: JSON) -> [EncodingForm] {
    json.items.map { form in
      EncodingForm(
        bitCount: form["bitCount"].count ?? -1, prefixLength: form["prefixLen"].count ?? -1,
        prefix: UInt32(truncatingIfNeeded: form["prefix"].uint ?? 0))
    }
  }

  /// switch-encodingscheme.json
  static func encodingSchemes(_ json: JSON, _ report: inout Report) {
    var caseCount = 0
    for entry in json["schemes"].items {
      let name = entry["name"].text ?? []
      let scheme = EncodingScheme(forms: forms(entry["forms"]))
      var ok = (scheme != nil) == entry["sane"].bool
      if let scheme {
        ok =
          ok && scheme.is358 == entry["is358"].bool
          && scheme.serialized == entry["serialized"].hex
          && (EncodingScheme(serialized: scheme.serialized.span) == scheme)
            == entry["roundTrip"].bool
      }
      report.expect(ok, name)
      let directors = entry["directors"].items
      for director in directors {
        report.expect(
          scheme.map { directorMatches(director, $0) } ?? false,
          caseName(name, " director ", director["number"].count ?? -1))
      }
      let labels = entry["labels"].items
      for (number, label) in labels.enumerated() {
        let name = caseName(name, " label ", number)
        guard let scheme else {
          report.expect(false, name)
          continue
        }
        let ok = labelMatches(label, scheme, canonical: label["canonical"])
        report.expect(ok, name) { labelMatches(label, scheme, canonical: $0) }
      }
      caseCount += 1 + directors.count + labels.count
    }
    let serialized = json["deserialize"].items
    for (number, entry) in serialized.enumerated() {
      let bytes = entry["hex"].hex ?? []
      let scheme = EncodingScheme(serialized: bytes.span)
      report.expect(
        entry["forms"].isNull ? scheme == nil : scheme?.forms == forms(entry["forms"]),
        "deserialize", number)
    }
    report.finish(casesInFile: caseCount + serialized.count)
  }

  private static func caseName(_ first: [UInt8], _ second: StaticString, _ number: Int) -> [UInt8] {
    var text = ByteWriter()
    text.append(first)
    text.append(second)
    text.append(decimal: Int64(number))
    return text.bytes
  }

  private static func directorMatches(_ entry: JSON, _ scheme: EncodingScheme) -> Bool {
    guard let slot = entry["number"].count else { return false }
    let canonical = scheme.canonicalForm(slot: slot).flatMap {
      scheme.director(slot: slot, form: $0)
    }
    guard Label(canonical ?? .max) == entry["canonical"].label else { return false }
    let byForm = entry["byForm"].items
    guard byForm.count == scheme.forms.count else { return false }
    for (form, expected) in byForm.enumerated() {
      guard let director = scheme.director(slot: slot, form: form) else {
        if expected.isNull { continue }
        return false
      }
      guard Label(director) == expected["value"].label,
        scheme.director(of: Label(director))?.slot == expected["parsed"].count
      else { return false }
    }
    return true
  }

  private static func labelMatches(
    _ entry: JSON, _ scheme: EncodingScheme, canonical: JSON
  ) -> Bool {
    guard let label = entry["label"].label else { return false }
    let toForm = entry["toForm"].items
    guard scheme.form(of: label) == entry["form"].count,
      scheme.director(of: label)?.slot == entry["director"].count,
      scheme.isSelf(label) == entry["selfRoute"].bool,
      scheme.isOneHop(label) == entry["oneHop"].bool,
      canonical.isLabel(scheme.canonical(label)),
      toForm.count == scheme.forms.count
    else { return false }
    for (form, expected) in toForm.enumerated() {
      guard expected.isLabel(scheme.convert(label, toForm: form)) else { return false }
    }
    return true
  }

  /// switch-numbercompress.json
  static func interfaceNumbers(_ json: JSON, _ report: inout Report) {
    var caseCount = 0
    for member in json["types"].members {
      guard let scheme = scheme(member.key) else {
        report.expect(false, member.key)
        continue
      }
      let encodings = member.value["encode"].items
      for entry in encodings {
        report.expect(
          encodes(entry, scheme),
          caseName(member.key, " encode ", entry["number"].count ?? -1))
      }
      let decodings = member.value["decode"].items
      for (bits, entry) in decodings.enumerated() {
        let director = scheme.director(of: Label(UInt64(bits)))
        report.expect(
          director?.width == entry[0].count && director?.slot == entry[1].count,
          caseName(member.key, " decode ", bits))
      }
      report.expect(
        encodings.count == member.value["interfaces"].count,
        caseName(member.key, " interfaces ", encodings.count))
      caseCount += encodings.count + decodings.count + 1
    }
    report.finish(casesInFile: caseCount)
  }

  private static func scheme(_ name: [UInt8]) -> EncodingScheme? {
    if name.isText("v3x5x8") { return .v358 }
    if name.isText("v4x8") { return .v48 }
    if name.isText("f4") { return .fixed4 }
    if name.isText("f8") { return .fixed8 }
    return nil
  }

  private static func encodes(_ entry: JSON, _ scheme: EncodingScheme) -> Bool {
    guard let slot = entry["number"].count, let form = scheme.canonicalForm(slot: slot),
      let director = scheme.director(slot: slot, form: form),
      scheme.forms[form].width == entry["bits"].count, director == entry["director"].uint,
      scheme.label(slot: slot) == entry["ifaceLabel"].label
    else { return false }
    for usable in entry["forms"].items {
      guard let width = usable["bits"].count, let value = usable["value"].uint,
        let form = scheme.forms.firstIndex(where: { $0.width == width })
      else { return false }
      // The router's director is written with zeros above it where a wider one is called for
      // (switch.md section 6, rule 5); no form has it.
      let ours = scheme.director(slot: slot, form: form)
      guard ours == value || (slot == 1 && value == 1) else { return false }
      let read = scheme.director(of: Label(value))
      guard read?.width == usable["readBits"].count, read?.slot == usable["readNumber"].count
      else { return false }
    }
    return true
  }

  // MARK: Forwarding

  /// switch-forward.json: steps of a switch that has all interfaces but a few, and journeys.
  static func forwarding(_ json: JSON, _ report: inout Report) {
    var live = SlotSet()
    for slot in 0...SlotSet.slotMax { live.insert(slot) }
    for slot in json["absent"].items { live.remove(slot.count ?? 0) }
    let labels = json["interfaceLabels"].items
    for entry in labels {
      let slot = entry[0].count ?? -1
      report.expect(
        EncodingScheme.v358.label(slot: slot) == entry[1].label && entry[1].label != nil,
        "interface", slot)
    }
    let pool = FramePool(frameCount: 1)
    let cases = json["cases"].items
    for (number, entry) in cases.enumerated() {
      report.expect(stepMatches(entry, live, pool), "case", number)
    }
    let chains = json["chains"].items
    for (number, entry) in chains.enumerated() {
      report.expect(journeyMatches(entry, live, pool), "chain", number)
    }
    report.finish(casesInFile: labels.count + cases.count + chains.count)
  }

  private static func stepMatches(_ entry: JSON, _ live: SlotSet, _ pool: FramePool) -> Bool {
    guard let source = entry["from"].count, let packet = entry["in"].hex, var frame = pool.take()
    else { return false }
    frame.append(packet.span)
    switch Switch.forward(&frame, from: source, live: live) {
    case .to(let slot):
      guard entry["result"].isText("forward"), entry["to"].count == slot else { return false }
    case .toRouter:
      guard entry["result"].isText("forward"), entry["to"].count == Switch.routerSlot else {
        return false
      }
    case .errorBack:
      guard entry["result"].isText("error"), entry["to"].count == source,
        frame.count >= 24, UInt64(frame.span.load32(bigEndianAt: 20)) == entry["errorType"].uint
      else { return false }
    case .drop(let reason):
      guard entry["result"].isText("drop") else { return false }
      switch reason {
      case .runt: return entry["reason"].isText("RUNT")
      case .labelShift: return entry["reason"].isText("UNDELIVERABLE")
      case .suppressed: return entry["reason"].isText("suppressed")
      }
    }
    return Array(copying: frame.span) == entry["out"].hex
  }

  /// There through all switches, then back along the reversed label.
  private static func journeyMatches(_ entry: JSON, _ live: SlotSet, _ pool: FramePool) -> Bool {
    guard let packet = entry["in"].hex, var frame = pool.take() else { return false }
    frame.append(packet.span)
    var delivered = false
    for hop in entry["hops"].items {
      guard let source = hop["from"].count else { return false }
      let forwarding = Switch.forward(&frame, from: source, live: live)
      if hop["out"].isNull {
        guard case .drop(.labelShift) = forwarding else { return false }
        continue
      }
      guard goes(forwarding, to: hop["to"]), Array(copying: frame.span) == hop["out"].hex else {
        return false
      }
      delivered = forwarding == .toRouter
    }
    guard delivered == entry["delivered"].bool else { return false }
    guard delivered else { return true }
    let back = Label(frame.span.load64(bigEndianAt: 0)).reversed
    guard back == entry["returnLabel"].label else { return false }
    frame.pull(SwitchHeader.byteCount)
    SwitchHeader(label: back.bits).push(onto: &frame)
    var returned = false
    for hop in entry["back"].items {
      guard let source = hop["from"].count else { return false }
      let forwarding = Switch.forward(&frame, from: source, live: live)
      guard goes(forwarding, to: hop["to"]),
        Label(frame.span.load64(bigEndianAt: 0)) == hop["label"].label
      else { return false }
      returned = forwarding == .toRouter
    }
    return returned == entry["returned"].bool
  }

  private static func goes(_ forwarding: Switch.Forwarding, to slot: JSON) -> Bool {
    switch forwarding {
    case .to(let number): slot.count == number
    case .toRouter: slot.count == Switch.routerSlot
    default: false
    }
  }

  // MARK: Labels as routers use them

  /// routing-labels.json: all ones stand for "refused", a form of −1 for the shortest.
  static func routerLabels(_ json: JSON, _ report: inout Report) {
    let schemes = json["schemes"].items
    for entry in schemes {
      let name = entry["name"].text ?? []
      let bytes = entry["ser"].hex ?? []
      let ours = scheme(name)
      report.expect(
        ours != nil && ours?.serialized == bytes
          && ours?.forms == forms(entry["forms"])
          && EncodingScheme(serialized: bytes.span) == ours, name)
    }
    let conversions = json["convertLabel"].items
    for (number, entry) in conversions.enumerated() {
      report.expect(converts(entry), "convertLabel", number)
    }
    let splices = json["splice"].items
    for (number, entry) in splices.enumerated() {
      var ok = spliceMatches(entry, result: entry["out"])
      // −1: not asked, because the path is too long to be used.
      if let path = entry["out"].label, let via = entry["viaHere"].label,
        let expected = entry["routesThrough"].int, expected >= 0
      {
        ok = ok && path.routesThrough(via) == (expected == 1)
      }
      report.expect(ok, "splice", number)
    }
    let widenings = json["getLabelFor"].items
    for (number, entry) in widenings.enumerated() {
      let ok = widens(entry["target"], entry["asker"], entry["out"])
      report.expect(ok, Report.caseName("getLabelFor", [number]), ours: refused(entry, "asker"))
    }
    report.finish(
      casesInFile: schemes.count + conversions.count + splices.count + widenings.count)
  }

  private static func converts(_ entry: JSON) -> Bool {
    guard let scheme = scheme(entry["scheme"].text ?? []), let label = entry["label"].label,
      let target = entry["to"].count
    else { return false }
    let ours = target < 0 ? scheme.canonical(label) : scheme.convert(label, toForm: target)
    return (ours ?? .unreachable) == entry["out"].label
      && (scheme.form(of: label) ?? -1) == entry["form"].count
      && scheme.isOneHop(label) == (entry["oneHop"].int == 1)
  }
}
