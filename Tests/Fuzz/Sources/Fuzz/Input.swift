import Bytes

/// Takes an input apart from the front; behind its end it is all zeros.
struct Input: ~Escapable {
  private let bytes: Span<UInt8>
  private var index = 0

  @_lifetime(copy bytes)
  init(_ bytes: Span<UInt8>) { self.bytes = bytes }

  var isAtEnd: Bool { index >= bytes.count }

  @_lifetime(self: copy self)
  mutating func byte() -> UInt8 {
    guard index < bytes.count else { return 0 }
    index += 1
    return bytes[index - 1]
  }

  @_lifetime(self: copy self)
  mutating func word16() -> UInt16 { UInt16(byte()) << 8 | UInt16(byte()) }

  @_lifetime(self: copy self)
  mutating func word64() -> UInt64 {
    var word: UInt64 = 0
    for _ in 0..<8 { word = word << 8 | UInt64(byte()) }
    return word
  }

  /// The next `count` bytes, or as many as there are.
  @_lifetime(self: copy self)
  mutating func array(_ count: Int) -> [UInt8] {
    let end = min(index + count, bytes.count)
    defer { index = end }
    return [UInt8](copying: bytes.extracting(index..<end))
  }

  /// A byte that says how many, and these.
  @_lifetime(self: copy self)
  mutating func counted() -> [UInt8] { array(Int(byte())) }

  /// All that is left.
  @_lifetime(self: copy self)
  mutating func rest() -> [UInt8] { array(bytes.count - index) }
}
