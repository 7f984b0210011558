import Bytes

/// How a switch writes interface numbers into labels (switch.md section 4).
public final class EncodingScheme: Sendable {
  /// In the order of their `bitCount`.
  public let forms: [EncodingForm]
  /// The default scheme has a numbering of its own (switch.md 4.1).
  public let is358: Bool

  static var formCountMax: Int { 31 }
  private static var forms358: [EncodingForm] {
    @inline(never) get {
      [
        EncodingForm(bitCount: 3, prefixLength: 1, prefix: 1),
        EncodingForm(bitCount: 5, prefixLength: 2, prefix: 2),
        EncodingForm(bitCount: 8, prefixLength: 2, prefix: 0),
      ]
    }
  }

  /// The default, and the only one seen in practice: 4, 7 or 10 bits, interfaces 0 to 256.
  public static var v358: EncodingScheme {
    @inline(never) get { EncodingScheme(unchecked: forms358) }
  }
  /// 5 or 9 bits.
  public static var v48: EncodingScheme {
    EncodingScheme(unchecked: [
      EncodingForm(bitCount: 4, prefixLength: 1, prefix: 1),
      EncodingForm(bitCount: 8, prefixLength: 1, prefix: 0),
    ])
  }
  /// Always 4 bits.
  public static var fixed4: EncodingScheme {
    EncodingScheme(unchecked: [EncodingForm(bitCount: 4, prefixLength: 0, prefix: 0)])
  }
  /// Always 8 bits.
  public static var fixed8: EncodingScheme {
    EncodingScheme(unchecked: [EncodingForm(bitCount: 8, prefixLength: 0, prefix: 0)])
  }

  private init(unchecked forms: [EncodingForm]) {
    self.forms = forms
    is358 = forms.count == 3 && Self.areEqual(forms, Self.forms358)
  }

  private static func areEqual(_ a: [EncodingForm], _ b: [EncodingForm]) -> Bool {
    guard a.count == b.count else { return false }
    for i in a.indices where a[i] != b[i] { return false }
    return true
  }

  /// nil if the forms break a rule of switch.md section 4.
  public convenience init?(forms: [EncodingForm]) {
    guard Self.isValid(forms) else { return nil }
    self.init(unchecked: forms)
  }

  private static func isValid(_ forms: [EncodingForm]) -> Bool {
    guard forms.count >= 1, forms.count <= formCountMax else { return false }
    if forms.count == 1 {
      let form = forms[0]
      return form.prefixLength == 0 && form.prefix == 0 && form.bitCount >= 1
        && form.bitCount <= 31
    }
    for i in forms.indices {
      let form = forms[i]
      guard form.prefixLength >= 1, form.prefixLength <= 31, form.bitCount >= 1,
        form.bitCount <= 31, form.width <= Label.bitCountMax,
        UInt64(form.prefix) < 1 << UInt64(form.prefixLength)
      else { return false }
      if i > 0, form.bitCount <= forms[i - 1].bitCount { return false }
      for j in forms.indices where j != i {
        // No prefix may be the low bits of another one.
        let mask = (UInt64(1) << UInt64(form.prefixLength)) - 1
        let other = forms[j]
        if other.prefixLength >= form.prefixLength,
          UInt64(other.prefix) & mask == UInt64(form.prefix)
        {
          return false
        }
      }
    }
    return true
  }

  // MARK: As bytes

  /// Bits from the least significant of the first byte on: prefix length (5), bit count (5),
  /// prefix; zeros at the end.
  public var serialized: [UInt8] {
    var bytes: [UInt8] = []
    var held: UInt64 = 0
    var heldCount = 0
    func put(_ value: UInt64, _ count: Int) {
      held |= value << UInt64(heldCount)
      heldCount += count
      while heldCount >= 8 {
        bytes.append(UInt8(truncatingIfNeeded: held))
        held >>= 8
        heldCount -= 8
      }
    }
    for form in forms {
      put(UInt64(form.prefixLength), 5)
      put(UInt64(form.bitCount), 5)
      put(UInt64(form.prefix), form.prefixLength)
    }
    if heldCount > 0 { bytes.append(UInt8(truncatingIfNeeded: held)) }
    return bytes
  }

  /// nil if the bytes spell no valid scheme. Zero bytes at the end are ignored.
  public convenience init?(serialized bytes: Span<UInt8>) {
    var position = 0
    let bitTotal = bytes.count * 8
    func take(_ count: Int) -> UInt64? {
      guard position + count <= bitTotal else { return nil }
      var value: UInt64 = 0
      for i in 0..<count {
        let bit = bytes[(position + i) >> 3] >> UInt8((position + i) & 7) & 1
        value |= UInt64(bit) << UInt64(i)
      }
      position += count
      return value
    }
    var forms: [EncodingForm] = []
    while forms.count <= Self.formCountMax {
      let start = position
      guard let prefixLength = take(5), let bitCount = take(5), bitCount != 0,
        let prefix = take(Int(prefixLength))
      else {
        position = start
        break
      }
      forms.append(
        EncodingForm(
          bitCount: Int(bitCount), prefixLength: Int(prefixLength), prefix: UInt32(prefix)))
    }
    while position < bitTotal {
      guard take(min(8, bitTotal - position)) == 0 else { return nil }
    }
    self.init(forms: forms)
  }

  // MARK: Directors

  /// Index of the form in which the lowest director of `label` is written; nil if none matches.
  public func form(of label: Label) -> Int? {
    if forms.count == 1 { return 0 }
    for i in forms.indices where forms[i].matches(label.bits) { return i }
    return nil
  }

  /// Width of the lowest director of `label`; nil if no form matches.
  public func width(of label: Label) -> Int? { form(of: label).map { forms[$0].width } }

  /// The number bits of the lowest director of `label` in the form of that index.
  private func numberBits(_ label: Label, _ form: Int) -> UInt64 {
    label.bits >> UInt64(forms[form].prefixLength) & ((1 << UInt64(forms[form].bitCount)) - 1)
  }

  /// From the number bits to the interface number (switch.md 4.1).
  private func slot(bits: UInt64, form: Int) -> UInt64 {
    if is358 {
      if form == 0 { return bits < 2 ? bits ^ 1 : bits }
      return bits == 0 ? 0 : bits + 1
    }
    return forms.count == 1 ? bits : bits ^ 1
  }

  /// From the interface number to the number bits; nil if the form cannot hold it.
  private func bits(slot: UInt64, form: Int) -> UInt64? {
    var bits = slot
    if is358 {
      if form == 0 {
        if slot < 2 { bits = slot ^ 1 }
      } else {
        if slot == 1 { return nil }
        if slot > 1 { bits = slot - 1 }
      }
    } else if forms.count > 1 {
      bits = slot ^ 1
    }
    return bits < 1 << UInt64(forms[form].bitCount) ? bits : nil
  }

  /// The interface that the lowest director of `label` names, and the director's width; nil if
  /// no form matches. The number is not checked against the interfaces that exist.
  public func director(of label: Label) -> (slot: Int, width: Int)? {
    guard let form = form(of: label) else { return nil }
    return (Int(clamping: slot(bits: numberBits(label, form), form: form)), forms[form].width)
  }

  /// The director of interface `slot` in the form of that index; nil if it does not fit.
  public func director(slot: Int, form: Int) -> UInt64? {
    guard form >= 0, form < forms.count, slot >= 0,
      let bits = bits(slot: UInt64(slot), form: form)
    else { return nil }
    return bits << UInt64(forms[form].prefixLength) | UInt64(forms[form].prefix)
  }

  /// The form of the shortest director of `slot`; nil if none holds it.
  public func canonicalForm(slot: Int) -> Int? {
    forms.indices.first { director(slot: slot, form: $0) != nil }
  }

  /// The one-hop label of interface `slot` in its shortest form; nil if none holds it.
  public func label(slot: Int) -> Label? {
    guard let form = canonicalForm(slot: slot), let director = director(slot: slot, form: form)
    else { return nil }
    return Label(1 << UInt64(forms[form].width) | director)
  }

  /// True if `label` names a direct neighbour of the switch that uses this scheme.
  public func isOneHop(_ label: Label) -> Bool { width(of: label) == label.bitCount }

  /// True if the lowest director of `label` is the switch's own router.
  public func isSelf(_ label: Label) -> Bool {
    guard let width = width(of: label) else { return false }
    return label.bits & ((1 << UInt64(width)) - 1) == 1
  }

  // MARK: Other forms of a label

  /// `label` with its lowest director in another form; nil if there is no such form or the
  /// result cannot be written (switch.md 4.4).
  public func convert(_ label: Label, toForm target: Int) -> Label? {
    guard let form = form(of: label) else { return nil }
    if forms.count == 1 || isSelf(label) { return target == 0 ? label : nil }
    guard target >= 0, target < forms.count else { return nil }
    return rewrite(label, from: form, to: target)
  }

  /// `label` with its lowest director in the shortest form; nil if it cannot be written.
  public func canonical(_ label: Label) -> Label? {
    guard let form = form(of: label) else { return nil }
    if forms.count == 1 || isSelf(label) { return label }
    let bits = numberBits(label, form)
    let wanted = is358 ? slot(bits: bits, form: form) : bits
    for target in forms.indices {
      let fits =
        is358
        ? self.bits(slot: wanted, form: target) != nil
        : wanted < 1 << UInt64(forms[target].bitCount)
      if fits { return rewrite(label, from: form, to: target) }
    }
    return nil
  }

  private func rewrite(_ label: Label, from form: Int, to target: Int) -> Label? {
    var bits = numberBits(label, form)
    if is358 {
      guard let mapped = self.bits(slot: slot(bits: bits, form: form), form: target) else {
        return nil
      }
      bits = mapped
    }
    let rest = Label(label.bits >> UInt64(forms[form].width))
    let new = forms[target]
    guard bits < 1 << UInt64(new.bitCount), rest.bitCount + new.width <= Label.bitCountMax else {
      return nil
    }
    let director = bits << UInt64(new.prefixLength) | UInt64(new.prefix)
    guard director != 1 else { return nil }
    return Label(rest.bits << UInt64(new.width) | director)
  }

  /// `label` as it is told to somebody who is reached by `asker`: its first director at least as
  /// wide as theirs (switch.md 4.5). nil if the result cannot be written.
  public func widened(_ label: Label, for asker: Label) -> Label? {
    guard let form = form(of: label), let askerForm = self.form(of: asker) else { return nil }
    if label == .here || forms[form].width >= forms[askerForm].width { return label }
    return convert(label, toForm: askerForm)
  }
}

extension EncodingScheme: Equatable {
  public static func == (a: EncodingScheme, b: EncodingScheme) -> Bool {
    a === b || areEqual(a.forms, b.forms)
  }
}
