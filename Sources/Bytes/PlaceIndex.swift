/// From an address, a key or a handle to a place of a table: open addressing, linear probing,
/// nothing allocated after the start. What is hashed comes from others, so a secret goes into it.
public struct PlaceIndex: Sendable {
  /// −1 for nobody.
  @usableFromInline var places: [Int16]
  @usableFromInline let mask: Int
  private let seed: UInt64

  /// At most.
  public static var byteCountPerPlace: Int { 4 * MemoryLayout<Int16>.stride }

  /// Room for `capacity` places at half load; at most 16,384.
  public init(capacity: Int, seed: UInt64) {
    precondition(capacity <= 16384)
    var size = 16
    while size < 2 * capacity { size *= 2 }
    places = .init(repeating: -1, count: size)
    mask = size - 1
    self.seed = seed
  }

  @usableFromInline
  func start(_ hash: UInt64) -> Int {
    // The first half of splitmix64 (Vigna, public domain).
    let x = hash ^ seed
    return Int(truncatingIfNeeded: ((x ^ (x >> 30)) &* 0xbf58_476d_1ce4_e5b9) >> 32) & mask
  }

  /// The place for which `isIt` among those that may have that hash.
  @inlinable @inline(__always)
  public func find(_ hash: UInt64, where isIt: (Int) -> Bool) -> Int? {
    var i = start(hash)
    while places[i] >= 0 {
      if isIt(Int(places[i])) { return Int(places[i]) }
      i = (i + 1) & mask
    }
    return nil
  }

  /// The caller keeps to the capacity.
  @inline(never)
  public mutating func insert(_ hash: UInt64, place: Int) {
    var i = start(hash)
    while places[i] >= 0 { i = (i + 1) & mask }
    places[i] = Int16(truncatingIfNeeded: place)
  }

  /// Takes `place` out and returns a position behind which `takeNext` is to be called until it is
  /// nil, and what that returns to be inserted again: no search is to stop short of it.
  @inline(never)
  public mutating func remove(_ hash: UInt64, place: Int) -> Int {
    var i = start(hash)
    while Int(places[i]) != place { i = (i + 1) & mask }
    places[i] = -1
    return i
  }

  /// Takes out what stands behind `position`; nil if nothing does.
  @inline(never)
  public mutating func takeNext(behind position: inout Int) -> Int? {
    position = (position + 1) & mask
    let place = Int(places[position])
    guard place >= 0 else { return nil }
    places[position] = -1
    return place
  }
}
