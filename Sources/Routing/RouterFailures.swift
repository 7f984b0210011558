import Bytes
import Switching
import Wire

// What becomes of queries without an answer, of silent paths, and of the complaints of switches.

extension Router {
  mutating func giveUp(_ transaction: Transaction, at now: Instant) {
    counters.timeouts &+= 1
    #if !APPLIANCE
      if giveUpJanitor(transaction) { return }
    #endif
    table.noteStuck(transaction.route.label, at: now)
    switch transaction.purpose {
    case .contact(let id): failed(id, at: now)
    case .read: noteFailure(transaction, at: now)
    case .bucket, .improve, .shorten, .approach, .advance, .search: break
    case .asked(let token):
      emit(.unanswered(token: token, milliseconds: now.since(transaction.sentAt)))
    }
  }

  /// A node did not answer. Blames the last link of the path only if the node before it is there:
  /// otherwise that one is asked first (routing.md 19.3).
  private mutating func noteFailure(_ transaction: Transaction, at now: Instant) {
    guard let index = table.index(of: transaction.route.address) else { return }
    let node = table[index]
    node.isAsked = false
    if node.failureCount == 0 { node.failingSince = transaction.sentAt }
    if node.failureCount < .max { node.failureCount += 1 }
    let count = Int(min(node.failureCount, 16))
    guard let link = node.bestLink, node.path == transaction.route.label else {
      plan(node, readAt: now)
      return
    }
    #if !APPLIANCE
      if limits.habits.contains(.cost) {
        plan(node, readAt: now + min(limits.readIntervalMax, 1000 << UInt64(count)))
        return table.failed(link)
      }
    #endif
    // A switch that complained, or a session that is silent, and no answer: two witnesses.
    let isSure =
      node.errorCheckAt != .never && now.since(node.errorCheckAt) <= 2 * limits.queryTimeoutMax
    if link.parent == 0 {
      // Peering knows better whether a peer is there; it need not answer queries.
      plan(node, readAt: now + min(limits.readIntervalMax, 1000 << UInt64(count)))
      if !link.isPeer { blame(link, isSure: isSure) }
      return
    }
    plan(node, readAt: now + limits.errorCheckMilliseconds)
    let parent = table[link.parent]
    if parent.heardAt >= node.failingSince || count > 2 * limits.linkFailureCountMax {
      blame(link, isSure: isSure)
    } else if !parent.isAsked {
      plan(parent, readAt: min(parent.nextReadAt, now))
    }
  }

  mutating func failed(_ id: Candidate.ID, at now: Instant) {
    if let dueAt = candidates.failed(id, at: now) { noteDue(dueAt) }
  }

  private mutating func blame(_ link: Link, isSure: Bool) {
    if isSure || Int(link.failureCount) + 1 >= limits.linkFailureCountMax {
      table.remove(link)
    } else {
      table.failed(link)
    }
  }

  /// When a node is to be read that is asked before all others.
  static var urgent: Instant { Instant(milliseconds: 0) }

  /// Lets a node be asked soon whether it is still there, and the one before it on the way: at once
  /// for the first time in a while.
  mutating func check(_ index: Int, at now: Instant) {
    let node = table[index]
    if node.errorCheckAt != .never, now.since(node.errorCheckAt) < limits.errorCheckMilliseconds {
      return
    }
    let isFirst =
      node.errorCheckAt == .never || now.since(node.errorCheckAt) >= limits.doubtMilliseconds
    node.errorCheckAt = now
    let time = isFirst ? Self.urgent : now
    plan(node, readAt: min(node.nextReadAt, time))
    if let link = node.bestLink, link.parent != 0 {
      let parent = table[link.parent]
      plan(parent, readAt: min(parent.nextReadAt, time))
    }
    counters.errorChecks &+= 1
  }

  /// A switch complained about a packet that was sent along `failed`. `path` leads to that switch;
  /// the return label of an error packet, reversed, is the whole path of what failed, and may be
  /// given as both. Anybody could have forged it: the nodes concerned are asked, within the query
  /// budget, before anything is believed.
  public mutating func receiveError(
    _ type: ControlFrame.ErrorType, from path: Label, failed: Label, at now: Instant
  ) {
    guard type != .authentication, path.bits > 1 || failed.bits > 1 else { return }
    let place = scheme.canonical(path) ?? path
    let whole = max(place, scheme.canonical(failed) ?? failed)
    #if !APPLIANCE
      if janitor != nil {
        breakLink(place, whole, at: now)
        return settle(at: now)
      }
    #endif
    // Some labels lead over a link there and not back: that says nothing about others.
    let broken = type == .returnPathInvalid ? whole : place
    for search in searches { search.isBroken(whole, at: broken) }
    // Those behind the place where it failed, as far as it is known; one of them is cut off.
    var count = 0
    for i in table.nodes.indices.dropFirst() where count < limits.listedNodeCountMax {
      guard let node = table.nodes[i], node.isReachable, whole.routesThrough(node.path) else {
        continue
      }
      if place != whole, place.routesThrough(node.path) { continue }
      check(i, at: now)
      count += 1
    }
    settle(at: now)
    if !searches.isEmpty { nextDeadline = now }
  }
}
