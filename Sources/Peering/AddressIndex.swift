import Wire

/// From link and address to a peer's number: open addressing, linear probing, nothing allocated
/// after the start.
struct AddressIndex: ~Copyable {
  private struct Entry {
    var peer: Int32 = -1
    var link: Int32 = 0
    var address = LinkAddress()
  }

  private var entries: [Entry]
  private let mask: Int
  private let seed: UInt64

  /// Room for `capacity` addresses at half load.
  init(capacity: Int, seed: UInt64) {
    var size = 16
    while size < 2 * capacity { size *= 2 }
    entries = .init(repeating: Entry(), count: size)
    mask = size - 1
    self.seed = seed
  }

  private func start(_ link: Int, _ address: LinkAddress) -> Int {
    Int(truncatingIfNeeded: LinkAddress.hash(address, link: link, seed: seed)) & mask
  }

  /// The peer at `address` of `link`; nil if there is none.
  @_optimize(speed)
  func find(_ link: Int, _ address: LinkAddress) -> Int? {
    var i = start(link, address)
    while entries[i].peer >= 0 {
      if entries[i].link == Int32(truncatingIfNeeded: link), entries[i].address == address {
        return Int(entries[i].peer)
      }
      i = (i + 1) & mask
    }
    return nil
  }

  /// Adds an address that is not in it; the caller keeps to the capacity.
  mutating func insert(_ link: Int, _ address: LinkAddress, peer: Int) {
    var i = start(link, address)
    while entries[i].peer >= 0 { i = (i + 1) & mask }
    entries[i] = Entry(peer: Int32(peer), link: Int32(link), address: address)
  }

  /// Takes an address out; nothing happens if it is not in it.
  mutating func remove(_ link: Int, _ address: LinkAddress) {
    var hole = start(link, address)
    while entries[hole].link != Int32(truncatingIfNeeded: link)
      || entries[hole].address != address || entries[hole].peer < 0
    {
      guard entries[hole].peer >= 0 else { return }
      hole = (hole + 1) & mask
    }
    // Later entries of the same run move up, so that no search stops short of them.
    var i = (hole + 1) & mask
    while entries[i].peer >= 0 {
      let home = start(Int(entries[i].link), entries[i].address)
      if (i - home) & mask >= (i - hole) & mask {
        entries[hole] = entries[i]
        hole = i
      }
      i = (i + 1) & mask
    }
    entries[hole].peer = -1
  }
}
