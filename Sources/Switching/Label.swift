import Bytes

/// A source route: directors from the low end up, then a marker bit (switch.md section 3).
public struct Label: Hashable, Comparable, Sendable {
  public var bits: UInt64

  public init(_ bits: UInt64) { self.bits = bits }

  /// "Myself"; never leaves the router.
  public static var here: Label { Label(1) }
  /// "Unknown"; not routable.
  public static var unknown: Label { Label(0) }
  /// What splicing answers when the path is too long to be written.
  public static var unreachable: Label { Label(.max) }
  /// Position of the marker above which a label cannot be used (four bits for the destination's
  /// self director, one for the marker).
  public static var bitCountMax: Int { 59 }
  /// True if packets can be sent along it: it leads on, and no farther than can be written.
  public var isRoutable: Bool { bits > 1 && bits >> UInt64(Self.bitCountMax + 1) == 0 }
  /// Characters of the text form.
  public static var characterCount: Int { 19 }

  public static func < (a: Label, b: Label) -> Bool { a.bits < b.bits }

  /// Index of the marker: how many bits of directors it holds. 0 for 0.
  public var bitCount: Int { bits == 0 ? 0 : 63 - bits.leadingZeroBitCount }

  /// All 64 bits in reverse order: the way back, at the end of the way there.
  public var reversed: Label {
    var x = bits
    x = (x >> 1) & 0x5555_5555_5555_5555 | (x & 0x5555_5555_5555_5555) << 1
    x = (x >> 2) & 0x3333_3333_3333_3333 | (x & 0x3333_3333_3333_3333) << 2
    x = (x >> 4) & 0x0f0f_0f0f_0f0f_0f0f | (x & 0x0f0f_0f0f_0f0f_0f0f) << 4
    return Label(x.byteSwapped)
  }

  /// Four groups of four lower-case hex digits, separated by dots.
  public func appendText(to text: inout ByteWriter) {
    for group in 0..<4 {
      if group > 0 { text.append(".") }
      text.append(hex: bits >> UInt64(48 - 16 * group) & 0xffff, digits: 4)
    }
  }

  /// Reads the text form, exactly 19 characters; upper case is taken too.
  public init?(text: Span<UInt8>) {
    guard text.count == Self.characterCount else { return nil }
    var value: UInt64 = 0
    for i in 0..<Self.characterCount {
      if i % 5 == 4 {
        guard text[i] == UInt8(ascii: ".") else { return nil }
        continue
      }
      guard let digit = Hex.value(text[i]) else { return nil }
      value = value << 4 | UInt64(digit)
    }
    bits = value
  }

  /// The path to what lies at `go` behind the node at `via`; `unreachable` if it is too long.
  public static func splice(_ go: Label, behind via: Label) -> Label {
    let shift = via.bitCount
    guard go.bitCount + shift <= bitCountMax else { return .unreachable }
    return Label((go.bits ^ 1) << UInt64(shift) ^ via.bits)
  }

  /// True if this path begins with the path to `middle`.
  public func routesThrough(_ middle: Label) -> Bool {
    if middle > self { return false }
    if middle.bits < 2 { return true }
    let mask = (UInt64(1) << UInt64(middle.bitCount)) - 1
    return bits & mask == middle.bits & mask
  }

  /// Its first `bitCount` bits, 0 to 63, as a path; only of meaning if it has as many.
  public func prefix(bitCount: Int) -> Label {
    let marker = UInt64(1) << UInt64(bitCount)
    return Label(bits & (marker - 1) | marker)
  }

  /// What the node at `middle` has to use; only of meaning if this path routes through it.
  public func unspliced(at middle: Label) -> Label {
    Label(bits >> UInt64(middle.bitCount))
  }
}
