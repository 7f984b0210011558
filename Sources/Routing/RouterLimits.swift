import Bytes
import Switching

/// The bounds of a router's tables and of what it sends.
public struct RouterLimits: Sendable {
  /// Nodes that are no direct peers. When full, the one that `NodeTable` calls worst makes room.
  public var nodeCountMax = 384
  /// Direct peers: one for each slot.
  public var peerCountMax = 256
  /// Of these, the ones that were searched for last stay.
  public var keptNodeCountMax = 16
  /// So many nodes of each bucket are kept, whatever they cost.
  public var bucketSize = 4
  /// Links that lead to one node, those from this node to its peers not counted. The costliest
  /// makes room.
  public var linkCountPerNodeMax = 3
  /// Queries without an answer yet; more are not sent.
  public var transactionCountMax = 128
  /// Listed nodes that have not answered yet. When full, new ones are ignored: lists come again.
  public var candidateCountMax = 128
  /// Of these, listed by the same node.
  public var candidateCountPerParentMax = 64
  /// Of these, links that are probably no better than what is known.
  public var refinementCountMax = 32
  /// Of these, nodes that are known because they sent us a query.
  public var hintCountMax = 16
  /// Nodes that are taken from one answer.
  public var listedNodeCountMax = 8
  /// Searches at a time; more end at once.
  public var searchCountMax = 16
  /// Nodes that one search may still ask. When full, the farthest makes room.
  public var searchCandidateCountMax = 32
  /// Ways to the target that one search may try, and links of which it believes that they are
  /// broken.
  public var searchWayCountMax = 12
  public var searchBrokenLinkCountMax = 12
  /// Askers who are told the steps of one search.
  public var searchTokenCountMax = 4
  /// Effects that wait to be taken; more are dropped and counted.
  public var effectCountMax = 1024

  /// Queries of one search that are out at the same time, if many nodes are known (`Search`).
  public var searchParallelMax = 16
  /// So many of those that are nearest to the target are equally good: nearly all of them know it.
  public var searchNearestCount = 4
  /// Peers of the target that are asked for a better path when a search has found one; or, if none
  /// is known, nodes with many neighbours.
  public var shorteningPeerCount = 3
  public var shorteningHubCount = 2
  /// Milliseconds from one query to the next to keep the table in order (searches and `ask` not
  /// counted), and so many at once, as at the start: each node is asked before it is used.
  public var queryInterval: UInt64 = 2000
  public var queryBurst: Int { nodeCountMax * 2 / 3 }
  /// The same for such as read again what is known, or try whether a link is better than it looks.
  public var readAgainInterval: UInt64 = 3000
  public var readAgainBurst = 16
  /// The same for nodes on paths that have fallen silent, which do not wait for the others.
  public var repairInterval: UInt64 = 4000
  public var repairBurst = 8
  /// The same for better paths to nodes that users talk to; each takes a few more queries.
  public var improveInterval: UInt64 = 2000
  public var improveBurst = 16
  /// Milliseconds from one reading of a node's peers to the next: at first, for a direct peer (it
  /// grows with the square of the distance), and at last.
  public var readIntervalMin: UInt64 = 15_000
  public var readIntervalMax: UInt64 = 1_200_000
  /// Milliseconds until a query counts as lost.
  public var queryTimeoutMin: UInt64 = 2000
  public var queryTimeoutMax: UInt64 = 10_000
  /// Milliseconds from one refilling of a bucket to the next: at first, and at last.
  public var bucketIntervalMin: UInt64 = 5_000
  public var bucketIntervalMax: UInt64 = 60_000
  /// A link that failed so often in a row is forgotten.
  public var linkFailureCountMax = 3
  /// Doubts in a link that is on silent paths last at most so long.
  public var doubtMilliseconds: UInt64 = 10_000
  /// A node over which so many others could not be reached, and nothing has come since, is avoided
  /// for so long.
  public var stuckHopCountMax = 3
  public var avoidMilliseconds: UInt64 = 120_000
  /// A candidate that failed so often is forgotten.
  public var candidateFailureCountMax = 4
  /// A candidate that is of no use now is looked at again after so long.
  public var candidateRestMilliseconds: UInt64 = 1000
  /// A node to which no path is known is kept so long.
  public var lostNodeMilliseconds: UInt64 = 30_000
  /// A path about which a switch complained is tried at most so often.
  public var errorCheckMilliseconds: UInt64 = 1000

  #if APPLIANCE
    @inlinable @inline(__always)
    public var habits: RoutingHabits { [] }
  #else
    /// For comparison, in simulations.
    public var habits: RoutingHabits = []
  #endif

  public init() {}

  /// The bytes of the node table when it is full, in a node with so many peers.
  public func tableByteCountMax(peerCount: Int) -> Int {
    let nodes = 1 + nodeCountMax + peerCount
    // Of each peer there are two more: ours to it, and its back to us.
    let links = nodes * linkCountPerNodeMax + 2 * peerCount
    return nodes * (Node.byteCount + MemoryLayout<Node?>.stride)
      + links * Link.byteCount
      + (1 + nodeCountMax + peerCountMax) * 2 * PlaceIndex.byteCountPerPlace
      + keptNodeCountMax * MemoryLayout<IPv6Address>.stride
  }

  /// The bytes of all that is not the table when it is full, without queued effects.
  public var searchByteCountMax: Int {
    // The list of them may have grown to twice the need.
    2 * candidateCountMax * MemoryLayout<Candidate>.stride
      + transactionCountMax * MemoryLayout<Transaction>.stride
      + searchCountMax
      * ((searchCandidateCountMax + 64) * SearchCandidate.byteCount
        + 2 * searchBrokenLinkCountMax * MemoryLayout<Label>.stride)
  }
}
