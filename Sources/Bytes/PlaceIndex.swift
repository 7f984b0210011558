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
  public mutating func insert(_ hash: UInt64, place: Int) {
    var i = start(hash)
    while places[i] >= 0 { i = (i + 1) & mask }
    places[i] = Int16(truncatingIfNeeded: place)
  }

  /// Takes `place` out; `hashOf` says where each of the others belongs.
  public mutating func remove(_ hash: UInt64, place: Int, hashOf: (Int) -> UInt64) {
    var hole = start(hash)
    while places[hole] >= 0, Int(places[hole]) != place { hole = (hole + 1) & mask }
    guard places[hole] >= 0 else { return }
    // Later entries of the same run move up, so that no search stops short of them.
    var i = (hole + 1) & mask
    while places[i] >= 0 {
      let home = start(hashOf(Int(places[i])))
      if (i - home) & mask >= (i - hole) & mask {
        places[hole] = places[i]
        hole = i
      }
      i = (i + 1) & mask
    }
    places[hole] = -1
  }
}
