/// A set of interface numbers of a switch, 0 to 256.
public struct SlotSet: Equatable, Sendable {
  /// The largest number that the default encoding scheme can express.
  public static var slotMax: Int { 256 }

  private var words = InlineArray<5, UInt64>(repeating: 0)

  public init() {}

  @inline(__always)
  public func contains(_ slot: Int) -> Bool {
    guard slot >= 0 && slot <= Self.slotMax else { return false }
    return words[slot >> 6] >> UInt64(slot & 63) & 1 != 0
  }

  public mutating func insert(_ slot: Int) {
    precondition(slot >= 0 && slot <= Self.slotMax)
    words[slot >> 6] |= 1 << UInt64(slot & 63)
  }

  public mutating func remove(_ slot: Int) {
    precondition(slot >= 0 && slot <= Self.slotMax)
    words[slot >> 6] &= ~(1 << UInt64(slot & 63))
  }

  public static func == (a: SlotSet, b: SlotSet) -> Bool {
    for i in 0..<5 where a.words[i] != b.words[i] { return false }
    return true
  }
}
