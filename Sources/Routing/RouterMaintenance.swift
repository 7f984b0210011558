import Bytes
import Cryptography
import Switching
import Wire

extension Router {
  /// Does what is due: gives up queries that got no answer, goes on with searches, and spends the
  /// query budget on the table.
  public mutating func wake(at now: Instant, entropy: Entropy) {
    while let transaction = transactions.expire(at: now) { giveUp(transaction, at: now) }
    for i in table.nodes.indices.dropFirst() {
      if let lostAt = table.nodes[i]?.lostAt, now.since(lostAt) >= limits.lostNodeMilliseconds {
        table.remove(i)
      }
    }
    work(at: now, entropy: entropy)
  }

  /// Sends all that may be sent now.
  mutating func work(at now: Instant, entropy: Entropy) {
    stepSearches(at: now, entropy: entropy)
    updatePaths(at: now)
    dropUselessCandidates()
    while budget.available(at: now) <= now, !transactions.isFull,
      maintain(at: now, entropy: entropy)
    {}
    settle(at: now)
  }

  /// Sends a query. False if too many are out.
  mutating func send(
    _ query: Query, to route: Route, for purpose: Transaction.Purpose, timeout: UInt64? = nil,
    at now: Instant, entropy: Entropy
  ) -> UInt32? {
    guard route.label.bits > 1, route.label.bitCount <= Label.bitCountMax,
      let form = scheme.form(of: route.label),
      let transaction = transactions.begin(
        purpose, to: route, timeout: timeout, at: now, entropy: entropy)
    else { return nil }
    let message = RouterMessage(
      query: .ping, transaction: transaction.number, version: version, scheme: scheme, form: form)
    switch query {
    case .ping: break
    case .peers(let label):
      message.query = .peers
      ListedNode.append(label.bits, byteCount: 8, to: &message.target)
    case .find(let target):
      message.query = .find
      message.target = RouterMessage.copy(target.bytes.span)
    case .nextHop(let target):
      message.query = .nextHop
      message.target = RouterMessage.copy(target.bytes.span)
    }
    emit(.send(message.encoded, to: route))
    return transaction.handle
  }

  /// Asks a node for somebody else: the admin interface, or a session that needs a handshake. The
  /// result is `answered` or `unanswered` with the token. `timeout` is in milliseconds; nil lets
  /// the router choose. False if too many queries are out, or the label is none.
  public mutating func ask(
    _ query: Query, of route: Route, timeout: UInt64?, token: UInt32, at now: Instant,
    entropy: Entropy
  ) -> Bool {
    guard
      send(
        query, to: route, for: .asked(token: token), timeout: timeout, at: now, entropy: entropy)
        != nil
    else { return false }
    counters.askedQueries &+= 1
    nextDeadline = deadline(at: now)
    return true
  }

  // MARK: Choosing

  /// Sends the most useful query that is due. False if none is.
  private mutating func maintain(at now: Instant, entropy: Entropy) -> Bool {
    let read = dueRead(at: now)
    // Nodes that were never met come first, but cannot hold up the rest for ever.
    if let read, now.since(table[read].nextReadAt) > 5000 {
      return readPage(read, at: now, entropy: entropy)
    }
    if let candidate = dueCandidate(at: now) {
      return contact(candidate, at: now, entropy: entropy)
    }
    if let read { return readPage(read, at: now, entropy: entropy) }
    if bucketAt <= now { return fillBucket(at: now, entropy: entropy) }
    return false
  }

  /// The node whose peers are to be read first.
  private func dueRead(at now: Instant) -> Int? {
    var best: Int?
    for i in table.nodes.indices {
      guard let node = table.nodes[i], node.isReachable, !node.isAsked, node.nextReadAt <= now
      else { continue }
      if let other = best, table[other].nextReadAt <= node.nextReadAt { continue }
      best = i
    }
    return best
  }

  /// The candidate to be tried first: one of a node that is not known before another link to one
  /// that is, the shorter path before the longer. The latter wait until there is nothing else.
  private mutating func dueCandidate(at now: Instant) -> Candidate? {
    let isAmple = budget.isAmple(at: now)
    var best: Candidate?
    var bestRank: UInt64 = .max
    for candidate in candidates.all where !candidate.isAsked && candidate.dueAt <= now {
      let isKnown = isKnown(candidate)
      if isKnown, !isAmple { continue }
      let path = path(to: candidate)
      guard path != .unreachable else { continue }
      let rank = UInt64(path.bitCount) + (candidate.isHint ? 128 : 0) + (isKnown ? 256 : 0)
      if rank < bestRank {
        best = candidate
        bestRank = rank
      }
    }
    return best
  }

  private func isKnown(_ candidate: Candidate) -> Bool {
    guard let index = table.index(of: candidate.id.child) else { return false }
    return table[index].isReachable
  }

  private func path(to candidate: Candidate) -> Label {
    if candidate.isHint { return candidate.id.label }
    guard let parent = table.index(of: candidate.id.parent) else { return .unreachable }
    return table.path(through: parent, to: candidate.id.label)
  }

  /// Forgets candidates that have become of no use since they were listed.
  private mutating func dropUselessCandidates() {
    guard !candidates.all.isEmpty else { return }
    var useless: [Candidate.ID] = []
    for candidate in candidates.all where !candidate.isAsked {
      let parent = candidate.isHint ? 0 : table.index(of: candidate.id.parent)
      guard let parent else {
        useless.append(candidate.id)
        continue
      }
      if let child = table.index(of: candidate.id.child) {
        if !table.wantsLink(
          from: parent, label: candidate.id.label, to: child, isOneHop: candidate.isOneHop)
          || candidate.isHint && table[child].isReachable
        {
          useless.append(candidate.id)
        }
      } else if !table.wants(candidate.id.child) {
        useless.append(candidate.id)
      }
    }
    for id in useless { _ = candidates.remove(id) }
  }

  // MARK: Asking

  /// Meets a node that was listed, and reads the first page of its peers.
  private mutating func contact(
    _ candidate: Candidate, at now: Instant, entropy: Entropy
  ) -> Bool {
    let route = Route(
      key: candidate.key, address: candidate.id.child, version: candidate.version,
      label: path(to: candidate))
    guard
      send(
        .peers(from: .unknown), to: route, for: .contact(candidate.id), at: now, entropy: entropy)
        != nil
    else {
      candidates.failed(candidate.id, at: now)
      return true
    }
    candidate.isAsked = true
    spend(at: now)
    return true
  }

  private mutating func readPage(_ index: Int, at now: Instant, entropy: Entropy) -> Bool {
    let node = table[index]
    let cursor = node.cursor
    if cursor == .unknown { node.hasNews = false }
    guard
      send(
        .peers(from: cursor), to: node.route, for: .read(cursor), timeout: readTimeout(node),
        at: now, entropy: entropy) != nil
    else {
      node.nextReadAt = now + node.readInterval
      return true
    }
    node.isAsked = true
    spend(at: now)
    return true
  }

  /// Milliseconds: shorter for a node whose answers are known to be quick.
  private func readTimeout(_ node: Node) -> UInt64? {
    guard let roundTrip = node.roundTrip, node.failureCount == 0 else { return nil }
    return min(transactions.timeout, max(limits.errorCheckMilliseconds, UInt64(roundTrip) * 4))
  }

  /// Asks for nodes in a bucket that lacks some; the buckets take turns.
  private mutating func fillBucket(at now: Instant, entropy: Entropy) -> Bool {
    bucketAt = now + jittered(bucketInterval, entropy)
    bucketInterval = min(bucketInterval * 2, limits.bucketIntervalMax)
    var deepest = 0
    for i in table.nodes.indices.dropFirst() {
      if let node = table.nodes[i], node.isReachable {
        deepest = max(deepest, Distance(address, node.address).bucket)
      }
    }
    for _ in 0...min(deepest, 126) {
      let target = address.bucketTarget(bucket)
      let isPoor = table.count(inBucket: bucket) < limits.bucketSize
      bucket = bucket >= min(deepest, 126) ? 0 : bucket + 1
      guard isPoor else { continue }
      guard let index = table.nearest(to: target, countMax: 1, where: { !$0.isAsked }).first,
        send(.find(target), to: table[index].route, for: .bucket, at: now, entropy: entropy) != nil
      else { return false }
      spend(at: now)
      return true
    }
    return false
  }

  private mutating func spend(at now: Instant) {
    budget.take(at: now)
    counters.maintenanceQueries &+= 1
  }

  private func jittered(_ interval: UInt64, _ entropy: Entropy) -> UInt64 {
    interval - interval / 4 + entropy.random(below: interval / 2 + 1)
  }

  /// Says when the peers of a node are read next: the page that begins with `next`, or all of them
  /// again, the later the longer nothing changed.
  mutating func schedule(_ index: Int, next: Label?, at now: Instant, entropy: Entropy) {
    let node = table[index]
    node.cursor = next ?? .unknown
    node.nextReadAt = now
    guard next == nil else { return }
    node.readInterval =
      node.hasNews ? limits.readIntervalMin : min(node.readInterval * 2, limits.readIntervalMax)
    node.nextReadAt = now + jittered(node.readInterval, entropy)
  }

  // MARK: What fails

  private mutating func giveUp(_ transaction: Transaction, at now: Instant) {
    counters.timeouts &+= 1
    switch transaction.purpose {
    case .contact(let id): candidates.failed(id, at: now)
    case .read: noteFailure(transaction, at: now)
    case .bucket: break
    case .search(let id):
      if let index = searches.firstIndex(where: { $0.id == id }) {
        searches[index].failed(transaction.route)
      }
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
    node.failureCount += 1
    let count = min(node.failureCount, 16)
    guard let link = node.bestLink, node.path == transaction.route.label else {
      node.nextReadAt = now
      return
    }
    // A switch that complained, and no answer: that is two witnesses.
    let isSure =
      node.errorCheckAt != .never && now.since(node.errorCheckAt) <= 2 * limits.queryTimeoutMax
    if link.parent == 0 {
      // Peering knows better whether a peer is there; it need not answer queries.
      node.nextReadAt = now + min(limits.readIntervalMax, 1000 << UInt64(count))
      if !link.isPeer { blame(link, isSure: isSure) }
      return
    }
    node.nextReadAt = now + limits.errorCheckMilliseconds
    let parent = table[link.parent]
    if parent.heardAt >= node.failingSince || count > 2 * limits.linkFailureCountMax {
      blame(link, isSure: isSure)
    } else if !parent.isAsked {
      parent.nextReadAt = min(parent.nextReadAt, now)
    }
  }

  private mutating func blame(_ link: Link, isSure: Bool) {
    if isSure || link.failureCount + 1 >= limits.linkFailureCountMax {
      table.removeLinks { $0 === link }
    } else {
      link.failed()
      table.noteChange()
    }
  }

  /// Lets a node be asked soon whether it is still there, and the one before it on the way.
  mutating func check(_ index: Int, at now: Instant) {
    let node = table[index]
    if node.errorCheckAt != .never, now.since(node.errorCheckAt) < limits.errorCheckMilliseconds {
      return
    }
    node.errorCheckAt = now
    node.nextReadAt = min(node.nextReadAt, now)
    if let link = node.bestLink, link.parent != 0 {
      let parent = table[link.parent]
      parent.nextReadAt = min(parent.nextReadAt, now)
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
  }

  // MARK: When

  /// When `wake` has something to do.
  func deadline(at now: Instant) -> Instant {
    var due = bucketAt
    for node in table.nodes {
      guard let node else { continue }
      if node.isReachable, !node.isAsked { due = min(due, node.nextReadAt) }
    }
    let isAmple = budget.isAmple(at: now)
    for candidate in candidates.all where !candidate.isAsked {
      if path(to: candidate) == .unreachable { continue }
      // With another link to a known node there is no hurry.
      let delay: UInt64 = isAmple || !isKnown(candidate) ? 0 : 1000
      due = min(due, max(candidate.dueAt, now + delay))
    }
    due = max(due, budget.available(at: now))
    if transactions.isFull { due = .never }
    for node in table.nodes {
      if let lostAt = node?.lostAt { due = min(due, lostAt + limits.lostNodeMilliseconds) }
    }
    for search in searches { due = min(due, search.deadline) }
    return min(due, transactions.deadline)
  }
}
