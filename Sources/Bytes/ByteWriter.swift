/// Appends bytes, text and numbers to a growing array up to a limit. What does not fit is dropped
/// and remembered, so that a caller checks once, at the end. Nothing here is inlined: text is
/// written in many places and never in a hurry, and flash is scarce.
public struct ByteWriter: Sendable {
  public private(set) var bytes: [UInt8] = []
  public let limit: Int
  /// True once something did not fit.
  public private(set) var overflowed = false

  public init(limit: Int = .max) { self.limit = limit }

  public var count: Int { bytes.count }

  @inline(never) @_optimize(size) public mutating func append(_ byte: UInt8) {
    guard bytes.count < limit else {
      overflowed = true
      return
    }
    bytes.append(byte)
  }

  @inline(never) @_optimize(size) public mutating func append(_ text: StaticString) {
    append(text.span)
  }

  @inline(never) @_optimize(size) public mutating func append(_ content: Span<UInt8>) {
    for i in 0..<content.count { append(content[i]) }
  }

  @inline(never) @_optimize(size) public mutating func append(_ content: [UInt8]) {
    for byte in content { append(byte) }
  }

  /// Decimal digits, without leading zeros.
  @inline(never) @_optimize(size) public mutating func append(decimal value: UInt64) {
    if value >= 10 { append(decimal: value / 10) }
    append(UInt8(truncatingIfNeeded: 48 + value % 10))
  }

  /// Decimal digits, with a minus sign if negative.
  @inline(never) @_optimize(size) public mutating func append(decimal value: Int64) {
    if value < 0 { append(45) }
    append(decimal: value.magnitude)
  }

  /// Lower-case hex digits, `digits` of them, the lowest ones of `value`.
  @inline(never) @_optimize(size) public mutating func append(hex value: UInt64, digits: Int) {
    var shift = digits * 4
    while shift > 0 {
      shift -= 4
      append(Hex.digit(UInt8(truncatingIfNeeded: value >> UInt64(shift)) & 15))
    }
  }

  /// Two lower-case hex digits for each byte.
  @inline(never) @_optimize(size) public mutating func append(hex content: Span<UInt8>) {
    for i in 0..<content.count { append(hex: UInt64(content[i]), digits: 2) }
  }
}
