import Bytes
import Switching

/// Hands out interface numbers: low ones first, because they make short labels, and none that
/// was free for less than `rest` milliseconds while another of the same width is to be had (a
/// label of its last owner would lead to a stranger). Who comes again gets the number from before,
/// if nobody else was given it.
struct SlotAllocator: ~Copyable {
  private var freedAt: [Instant?]
  /// The wish of who was given the number last, now or in an earlier life; 0 if there was none.
  private(set) var owners: [UInt32]
  private(set) var allotted = SlotSet()
  private(set) var count = 0
  private let restMilliseconds: UInt64

  /// Numbers without the router's own.
  static var capacity: Int { SlotSet.slotMax }

  init(restMilliseconds: UInt64) {
    self.restMilliseconds = restMilliseconds
    freedAt = .init(repeating: nil, count: SlotSet.slotMax + 1)
    owners = .init(repeating: 0, count: SlotSet.slotMax + 1)
  }

  /// Keeps slots for those who come with the wishes `owners`, as if they had just gone. Nobody may
  /// have a slot yet.
  mutating func keep(for owners: [UInt32], at now: Instant) {
    self.owners = owners
    self.owners[Switch.routerSlot] = 0
    for slot in owners.indices where owners[slot] != 0 { freedAt[slot] = now }
  }

  /// A number of its own; nil if all are taken. Who comes with the same wish as before gets the
  /// number from before, and labels that others still use lead where they did. One of the shortest
  /// that were never taken follows from the wish, for a node that does not know its earlier life;
  /// 0 is none.
  mutating func allot(wish: UInt32 = 0, at now: Instant) -> Int? {
    guard let slot = choose(wish, at: now) else { return nil }
    allotted.insert(slot)
    count += 1
    owners[slot] = wish
    return slot
  }

  private func choose(_ wish: UInt32, at now: Instant) -> Int? {
    if wish != 0 {
      for slot in owners.indices where owners[slot] == wish && !allotted.contains(slot) {
        return slot
      }
      let number = Int(truncatingIfNeeded: wish % 7)
      let slot = number < Switch.routerSlot ? number : number + 1
      if !allotted.contains(slot), freedAt[slot] == nil { return slot }
    }
    // The ranges that are written in 4, 7 and 10 bits.
    for (first, last) in [(0, 7), (8, 32), (33, SlotSet.slotMax)] {
      var best: Int?
      for slot in first...last where slot != Switch.routerSlot && !allotted.contains(slot) {
        guard let freed = freedAt[slot], now.since(freed) < restMilliseconds else {
          best = slot
          break
        }
        if let other = best, let otherFreed = freedAt[other], otherFreed <= freed { continue }
        best = slot
      }
      if let best { return best }
    }
    return nil
  }

  mutating func free(_ slot: Int, at now: Instant) {
    precondition(allotted.contains(slot), "a slot is freed once")
    allotted.remove(slot)
    freedAt[slot] = now
    count -= 1
  }

  /// Bits of the director of `slot` in its shortest form.
  static func width(_ slot: Int) -> Int { slot <= 7 ? 4 : slot <= 32 ? 7 : 10 }

  /// The slot that `label` names if it is one hop, in its shortest form; else nil.
  static func slot(of label: Label) -> Int? {
    let bits = label.bits
    let slot: Int
    if bits & 1 != 0 {
      let number = Int(bits >> 1 & 7)
      slot = number < 2 ? number ^ 1 : number
    } else {
      let number = Int(bits >> 2 & (bits & 2 != 0 ? 31 : 255))
      slot = number == 0 ? 0 : number + 1
    }
    let widthWritten = bits & 1 != 0 ? 4 : bits & 2 != 0 ? 7 : 10
    return bits >> UInt64(widthWritten) == 1 && width(slot) == widthWritten ? slot : nil
  }
}
