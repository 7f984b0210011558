/// A value of exactly `byteCount` bytes: a key, an address, a hash. Stored in line.
///
/// Not for secrets: it is copied freely and not wiped (see `SecretBytes` in Cryptography).
public struct FixedBytes<let byteCount: Int>: Sendable {
  private var storage: InlineArray<byteCount, UInt8>

  /// All bytes zero.
  public init() { storage = .init(repeating: 0) }

  /// Copies all of `bytes`; `bytes.count` must be `byteCount`.
  public init(copying bytes: borrowing Span<UInt8>) {
    precondition(bytes.count == byteCount, "wrong length")
    self.init()
    for i in 0..<byteCount { storage[i] = bytes[i] }
  }

  /// The bytes, borrowed.
  public var span: Span<UInt8> {
    @_lifetime(borrow self)
    borrowing get { storage.span }
  }

  /// The bytes, borrowed for writing.
  public var mutableSpan: MutableSpan<UInt8> {
    @_lifetime(&self)
    mutating get { storage.mutableSpan }
  }

  public subscript(index: Int) -> UInt8 {
    get { storage[index] }
    set { storage[index] = newValue }
  }

  /// True if every byte is zero.
  public var isZero: Bool {
    var bits: UInt8 = 0
    for i in 0..<byteCount { bits |= storage[i] }
    return bits == 0
  }
}

extension FixedBytes: Equatable {
  public static func == (a: Self, b: Self) -> Bool {
    var difference: UInt8 = 0
    for i in 0..<byteCount { difference |= a.storage[i] ^ b.storage[i] }
    return difference == 0
  }
}

extension FixedBytes: Comparable {
  /// Unsigned, first byte most significant.
  public static func < (a: Self, b: Self) -> Bool {
    for i in 0..<byteCount where a.storage[i] != b.storage[i] {
      return a.storage[i] < b.storage[i]
    }
    return false
  }
}

extension FixedBytes: Hashable {
  public func hash(into hasher: inout Hasher) {
    for i in 0..<byteCount { hasher.combine(storage[i]) }
  }
}
