/// A word that holds one digit, a limb, of a number modulo 2^255 − 19. It has bits to spare, so
/// that sums need no carry and a column of products fits into a word twice as wide.
protocol Limb: FixedWidthInteger, UnsignedInteger {
  typealias Limbs = UnsafeMutablePointer<Self>
  associatedtype Product: FixedWidthInteger & UnsignedInteger

  /// Limbs of a number.
  static var count: Int { get }
  /// Bits of a limb; the top one has what is missing to 255.
  static var bits: Int { get }
  /// Whether a difference has to be carried before it may be squared.
  static var isTight: Bool { get }
  /// Limbs of memory that a product takes.
  static var roomCount: Int { get }

  /// `result` = `a` · `b`, which it may be, too.
  static func multiply(_ result: Limbs, _ a: Limbs, _ b: Limbs, _ room: Limbs)
  /// `result` = `a`², which it may be, too.
  static func square(_ result: Limbs, _ a: Limbs, _ room: Limbs)
}

#if _pointerBitWidth(_64)
  typealias MachineLimb = UInt64
#else
  typealias MachineLimb = UInt32
#endif

extension Limb {
  /// The whole product.
  @inline(__always)
  func times(_ other: Self) -> Product {
    Product(truncatingIfNeeded: self) &* Product(truncatingIfNeeded: other)
  }

  /// Bits of limb `i`.
  @inline(__always)
  static func width(_ i: Int) -> Int { i == count &- 1 ? 255 &- bits &* i : bits }

  /// Takes `width` bits out of `sum` and leaves the carry.
  @inline(__always)
  static func take(_ width: Int, _ sum: inout Product) -> Self {
    let limb = Self(truncatingIfNeeded: sum) & ((1 &<< Self(truncatingIfNeeded: width)) &- 1)
    sum &>>= Product(truncatingIfNeeded: width)
    return limb
  }
}
