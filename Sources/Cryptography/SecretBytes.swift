import Bytes

/// A secret of exactly `byteCount` bytes: a private key, a shared key, a password's hash.
///
/// Lives on the heap, so that moving it leaves no copies behind, and is wiped at its end.
public struct SecretBytes<let byteCount: Int>: ~Copyable {
  private let storage: UnsafeMutablePointer<UInt8>

  /// All bytes zero.
  public init() {
    storage = .allocate(capacity: byteCount)
    storage.initialize(repeating: 0, count: byteCount)
  }

  /// Copies all of `bytes`; `bytes.count` must be `byteCount`.
  public init(copying bytes: Span<UInt8>) {
    precondition(bytes.count == byteCount, "wrong length")
    self.init()
    for i in 0..<byteCount { storage[i] = bytes[i] }
  }

  /// `byteCount` fresh bytes of the secret side of `entropy`.
  public init(from entropy: Entropy) {
    self.init()
    var bytes = mutableSpan
    entropy.fillSecret(&bytes)
  }

  deinit {
    Self.wipe(storage)
    storage.deallocate()
  }

  /// The bytes, borrowed.
  public var span: Span<UInt8> {
    @_lifetime(borrow self)
    borrowing get {
      let span = Span(_unsafeStart: storage, count: byteCount)
      return _overrideLifetime(span, borrowing: self)
    }
  }

  /// The bytes, borrowed for writing.
  public var mutableSpan: MutableSpan<UInt8> {
    @_lifetime(&self)
    mutating get {
      let span = MutableSpan(_unsafeStart: storage, count: byteCount)
      return _overrideLifetime(span, mutating: &self)
    }
  }

  /// Becomes a copy of `other`.
  public mutating func copy(from other: borrowing SecretBytes<byteCount>) {
    for i in 0..<byteCount { storage[i] = other.storage[i] }
  }

  /// Makes every byte zero.
  public mutating func wipe() { Self.wipe(storage) }

  /// True if every byte is zero; takes the same time for every content.
  public var isZero: Bool {
    var bits: UInt8 = 0
    for i in 0..<byteCount { bits |= storage[i] }
    return bits == 0
  }

  /// True if both hold the same bytes; takes the same time for every content.
  public func isEqual(to other: borrowing SecretBytes<byteCount>) -> Bool {
    Backend.areEqual(span, other.span)
  }

  private static func wipe(_ storage: UnsafeMutablePointer<UInt8>) {
    var bytes = MutableSpan(_unsafeStart: storage, count: byteCount)
    Backend.wipe(&bytes)
  }
}
