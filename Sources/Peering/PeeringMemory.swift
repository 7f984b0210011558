import Switching

/// What a node remembers of its peers over a restart.
public struct PeeringMemory: Sendable {
  public var peers: [RememberedPeer] = []
  /// For each slot the first four bytes of the key of who was the last to have it, 0 for nobody.
  public internal(set) var owners = [UInt32](repeating: 0, count: SlotSet.slotMax + 1)

  public init() {}

  /// True if `other` has a peer or the owner of a slot that is not here. That one has gone does no
  /// harm.
  public func lacksAny(of other: PeeringMemory) -> Bool {
    for slot in owners.indices where other.owners[slot] != 0 {
      if other.owners[slot] != owners[slot] { return true }
    }
    for peer in other.peers {
      var isHere = false
      for known in peers where known == peer { isHere = true }
      if !isHere { return true }
    }
    return false
  }
}
