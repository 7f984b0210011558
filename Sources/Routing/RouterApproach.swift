import Bytes
import Cryptography
import Switching

// Ways into a node over neighbours of it that the table does not know as such.
extension Router {
  /// Peers of a node that are asked for it, and such whose own peers are asked for, because no way
  /// to them is known that has no node in common with those to be avoided.
  private static var askedPeerCountMax: Int { 3 }
  private static var exploredPeerCountMax: Int { 2 }

  /// Users' packets along the paths `known` get no answer, though those of routers do. The node
  /// behind `route` is asked for its peers, and these for ways to it that have no nodes in common
  /// with `known`, as far as possible. Whatever answers along such a way is reported as `route`.
  public mutating func approach(
    _ route: Route, around known: [Label], at now: Instant, entropy: Entropy
  ) {
    ask(
      .peers(from: .unknown), of: route, for: .approach(Approach(route.key, around: known)),
      at: now, entropy: entropy)
    nextDeadline = deadline(at: now)
  }

  @inline(never)
  private mutating func ask(
    _ query: Query, of route: Route, for purpose: Transaction.Purpose, at now: Instant,
    entropy: Entropy
  ) {
    guard send(query, to: route, for: purpose, at: now, entropy: entropy) != nil else { return }
    counters.askedQueries &+= 1
  }

  /// The target of `approach`, or the neighbour of it that it goes through, has listed its peers.
  @inline(never)
  mutating func noteApproach(
    _ content: RouterMessage, from sender: Route, _ approach: Approach, at now: Instant,
    entropy: Entropy
  ) {
    var askedCount = 0
    var exploredCount = 0
    for peer in routes(content.nodes, behind: sender)
    where peer.address != address && peer.key != approach.target && peer.key != sender.key {
      var isApart = false
      if let index = table.index(of: peer.address), table[index].isReachable {
        guard askedCount < Self.askedPeerCountMax else { continue }
        let way = table.detour(to: index, around: approach.known)
        guard way != .unreachable else { continue }
        askedCount += 1
        isApart = table.price(of: way, around: approach.known) == table.price(of: way)
        ask(
          .find(sender.address), of: peer.along(way), for: .advance(approach), at: now,
          entropy: entropy)
      }
      if !isApart, approach.through == nil, exploredCount < Self.exploredPeerCountMax {
        exploredCount += 1
        ask(
          .peers(from: .unknown), of: peer,
          for: .approach(Approach(approach.target, through: peer.key, around: approach.known)),
          at: now, entropy: entropy)
      }
    }
  }

  /// Somebody has answered who was asked for the neighbour that `approach` goes through, or that
  /// neighbour itself, or another one, who was asked for the target: one step nearer.
  @inline(never)
  mutating func noteAdvance(
    _ content: RouterMessage, from sender: Route, _ approach: Approach, at now: Instant,
    entropy: Entropy
  ) {
    let isThere = approach.through == nil || approach.through == sender.key
    let wanted = isThere ? approach.target : approach.through
    for next in routes(content.nodes, behind: sender)
    where next.key == wanted && table.evades(next.label, approach.known)
      && !table.walk(next.label).isLoop
    {
      ask(
        isThere ? .ping : .find(approach.target.address), of: next,
        for: isThere ? .asked(token: 0) : .advance(approach), at: now, entropy: entropy)
    }
  }
}
