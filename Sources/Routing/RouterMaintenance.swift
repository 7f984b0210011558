import Bytes
import Cryptography
import Switching
import Wire

extension Router {
  /// Does what is due: gives up queries that got no answer, goes on with searches, and spends the
  /// query budget on the table.
  public mutating func wake(at now: Instant, entropy: Entropy) {
    while let transaction = transactions.expire(at: now) { giveUp(transaction, at: now) }
    if table.forgetAt <= now { table.forgetLost(at: now) }
    work(at: now, entropy: entropy)
  }

  /// Sends all that may be sent now.
  mutating func work(at now: Instant, entropy: Entropy) {
    stepSearches(at: now, entropy: entropy)
    updatePaths(at: now)
    #if !APPLIANCE
      if janitor != nil {
        tidyUp(at: now, entropy: entropy)
        return settle(at: now)
      }
    #endif
    while readsDueAt == Self.urgent, repairBudget.available(at: now) <= now, !transactions.isFull,
      let read = dueRead(at: now), table[read].nextReadAt == Self.urgent
    {
      repairBudget.take(at: now)
      _ = readPage(read, at: now, entropy: entropy)
    }
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
    emit(.send(message.encoded, to: route, isQuery: true))
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
    if bucketAt <= now, fillBucket(at: now, entropy: entropy) { return true }
    // What is known can wait for what is not, but not for ever: it has a budget of its own.
    let mayReadAgain = readBudget.available(at: now) <= now
    let prefersRefinement = isRefinementDue
    if mayReadAgain, prefersRefinement, let candidate = dueCandidate(isRefinement: true, at: now) {
      readBudget.take(at: now)
      isRefinementDue = false
      return contact(candidate, at: now, entropy: entropy)
    }
    if mayReadAgain, let read = dueRead(at: now) {
      readBudget.take(at: now)
      isRefinementDue = true
      return readPage(read, at: now, entropy: entropy)
    }
    if let candidate = dueCandidate(isRefinement: false, at: now) {
      return contact(candidate, at: now, entropy: entropy)
    }
    guard mayReadAgain, !prefersRefinement,
      let candidate = dueCandidate(isRefinement: true, at: now)
    else { return false }
    readBudget.take(at: now)
    return contact(candidate, at: now, entropy: entropy)
  }

  /// The node whose peers are to be read first.
  private mutating func dueRead(at now: Instant) -> Int? {
    guard readsDueAt <= now else { return nil }
    var best: Int?
    readsDueAt = .never
    for i in table.nodes.indices {
      guard let node = table.nodes[i], node.isReachable, !node.isAsked else { continue }
      readsDueAt = min(readsDueAt, node.nextReadAt)
      guard node.nextReadAt <= now else { continue }
      if let other = best, table[other].nextReadAt <= node.nextReadAt { continue }
      best = i
    }
    return best
  }

  /// The place of the candidate to be tried first: the one that is nearest, among those that are
  /// refinements or among those that are not.
  private mutating func dueCandidate(isRefinement: Bool, at now: Instant) -> Int? {
    guard (isRefinement ? refinementsDueAt : candidatesDueAt) <= now else { return nil }
    let restEnd = now + limits.candidateRestMilliseconds
    var dueAt = Instant.never
    for i in candidates.all.indices {
      // What is cheap to know is looked at first.
      let candidate = candidates.all[i]
      guard !candidate.isAsked, candidate.isRefinement || !isRefinement,
        candidate.dueAt <= now || candidate.dueAt < dueAt
      else { continue }
      if candidate.rankedAt != table.changeCount { rank(i) }
      guard candidates.all[i].refines == isRefinement else { continue }
      if candidate.dueAt > now {
        dueAt = candidate.dueAt
      } else if candidates.all[i].rank == .max {
        dueAt = min(dueAt, candidates.rest(i, until: restEnd))
      }
    }
    var found: Int?
    while let best = candidates.best(refines: isRefinement, at: now) {
      let candidate = candidates.all[best]
      if isUseless(candidate) {
        candidates.remove(at: best)
      } else if path(to: candidate) == .unreachable {
        dueAt = min(dueAt, candidates.rest(best, until: restEnd))
      } else {
        found = best
        dueAt = now
        break
      }
    }
    if isRefinement { refinementsDueAt = dueAt } else { candidatesDueAt = dueAt }
    return found
  }

  /// Looks in the table what the candidate at `place` is worth now.
  @inline(never)
  private mutating func rank(_ place: Int) {
    let candidate = candidates.all[place]
    let parent = table.index(of: candidate.id.parent) ?? 0
    let cost = table.cost(through: parent, to: candidate.id.label)
    candidates.all[place].found(
      cost < .max && fillsBucket(candidate) ? cost / 256 : cost, refines: isRefinement(candidate),
      after: table.changeCount)
  }

  /// True if the candidate is of a part of the key space of which few nodes are known.
  private func fillsBucket(_ candidate: Candidate) -> Bool {
    table.count(inBucket: Distance(address, candidate.id.child).bucket) < limits.bucketSize
      && table.index(of: candidate.id.child) == nil
  }

  /// True if the candidate is no more than that as long as the node can be reached otherwise.
  private func isRefinement(_ candidate: Candidate) -> Bool {
    guard candidate.isRefinement else { return false }
    return table.index(of: candidate.id.child).map { table[$0].isReachable } ?? false
  }

  /// Enters a candidate; false if it is one already, or there is no room.
  mutating func enter(_ candidate: Candidate, at now: Instant) -> Bool {
    if candidates.isFull, purgeAt <= now {
      purgeAt = now + limits.candidateRestMilliseconds
      dropUselessCandidates()
    }
    guard candidates.add(candidate) else { return false }
    noteDue(candidate.dueAt)
    return true
  }

  /// A candidate may be tried at `time`.
  private mutating func noteDue(_ time: Instant) {
    candidatesDueAt = min(candidatesDueAt, time)
    refinementsDueAt = min(refinementsDueAt, time)
  }

  private func path(to candidate: Candidate) -> Label {
    if candidate.isHint { return candidate.id.label }
    guard let parent = table.index(of: candidate.id.parent) else { return .unreachable }
    return table.path(through: parent, to: candidate.id.label)
  }

  /// Forgets candidates that have become of no use since they were listed.
  private mutating func dropUselessCandidates() {
    for i in candidates.all.indices.reversed()
    where !candidates.all[i].isAsked && isUseless(candidates.all[i]) {
      candidates.remove(at: i)
    }
  }

  @inline(never)
  private func isUseless(_ candidate: Candidate) -> Bool {
    guard let parent = table.index(of: candidate.id.parent) else { return true }
    guard let child = table.index(of: candidate.id.child) else {
      return !table.wants(
        candidate.id.child, cost: table.cost(through: parent, to: candidate.id.label))
    }
    return candidate.isHint && table[child].isReachable
      || !table.wantsLink(from: parent, label: candidate.id.label, to: child)
  }

  // MARK: Asking

  /// Meets the node of the candidate at `place`, and reads the first page of its peers.
  private mutating func contact(
    _ place: Int, at now: Instant, entropy: Entropy
  ) -> Bool {
    let candidate = candidates.all[place]
    let route = Route(
      key: candidate.key, address: candidate.id.child, version: candidate.version,
      label: path(to: candidate))
    guard
      send(
        .peers(from: .unknown), to: route, for: .contact(candidate.id), at: now, entropy: entropy)
        != nil
    else {
      failed(candidate.id, at: now)
      return true
    }
    candidates.all[place].isAsked = true
    spend(at: now)
    return true
  }

  private mutating func readPage(_ index: Int, at now: Instant, entropy: Entropy) -> Bool {
    let node = table[index]
    let cursor = node.cursor
    if cursor == .unknown { node.listSum = 0 }
    guard
      send(
        .peers(from: cursor), to: node.route, for: .read(cursor), timeout: readTimeout(node),
        at: now, entropy: entropy) != nil
    else {
      plan(node, readAt: now + node.readInterval)
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

  /// Asks one of those who should know for nodes in a bucket that lacks some, or for some that are
  /// nearer than anybody known, which are to know us; they take turns.
  private mutating func fillBucket(at now: Instant, entropy: Entropy) -> Bool {
    bucketAt = now + jittered(bucketInterval, entropy)
    bucketInterval = min(bucketInterval * 2, limits.bucketIntervalMax)
    var deepest = 0
    for i in table.nodes.indices.dropFirst() {
      if let node = table.nodes[i], node.isReachable {
        deepest = max(deepest, Distance(address, node.address).bucket)
      }
    }
    deepest = min(deepest, 126)
    for _ in 0...deepest + 1 {
      let isOwn = bucket > deepest
      let target = isOwn ? address : address.bucketTarget(bucket)
      let isPoor = isOwn || table.count(inBucket: bucket) < limits.bucketSize
      bucket = isOwn ? 0 : bucket + 1
      guard isPoor else { continue }
      let nearest = table.nearest(to: target, countMax: 3) { !$0.isAsked }
      guard !nearest.isEmpty else { return false }
      let index = nearest[Int(entropy.random(below: UInt64(nearest.count)))]
      guard
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
  /// again, the later the longer they have been the same.
  mutating func schedule(_ index: Int, next: Label?, at now: Instant, entropy: Entropy) {
    let node = table[index]
    node.cursor = next ?? .unknown
    plan(node, readAt: now)
    guard next == nil else { return }
    let hops = UInt64(node.cost / Link.costMin)
    node.readInterval =
      node.listSum != node.knownListSum
      ? limits.readIntervalMin * max(1, hops * hops) : node.readInterval * 2
    node.readInterval = min(node.readInterval, limits.readIntervalMax)
    node.knownListSum = node.listSum
    plan(node, readAt: now + jittered(node.readInterval, entropy))
  }

  // MARK: What fails

  private mutating func giveUp(_ transaction: Transaction, at now: Instant) {
    counters.timeouts &+= 1
    #if !APPLIANCE
      if giveUpJanitor(transaction) { return }
    #endif
    switch transaction.purpose {
    case .contact(let id): failed(id, at: now)
    case .read: noteFailure(transaction, at: now)
    case .bucket, .shorten, .search: break
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

  private mutating func failed(_ id: Candidate.ID, at now: Instant) {
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
  private static var urgent: Instant { Instant(milliseconds: 0) }

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
    let read = max(min(readsDueAt, refinementsDueAt), readBudget.available(at: now))
    var due = min(bucketAt, min(read, candidatesDueAt))
    due = max(due, budget.available(at: now))
    if readsDueAt == Self.urgent { due = min(due, repairBudget.available(at: now)) }
    #if !APPLIANCE
      if janitor != nil { due = janitorDeadline }
    #endif
    if transactions.isFull { due = .never }
    due = min(due, table.forgetAt)
    for search in searches { due = min(due, search.deadline) }
    return min(due, transactions.deadline)
  }
}
