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
    if table.forgiveAt <= now { table.forgive() }
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
    guard route.label.isRoutable, let form = scheme.form(of: route.label),
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
      // Of those that are as urgent the nearest: if that is cut off, so are those behind it.
      if let other = best,
        (table[other].nextReadAt, table[other].cost) <= (node.nextReadAt, node.cost)
      {
        continue
      }
      best = i
    }
    return best
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

  /// Asks for nodes in a bucket that lacks some, or for some that are nearer than anybody known,
  /// which are to know us; they take turns. Who is asked is drawn by lot: those who are near in key
  /// space know more of them, but most nodes are nearer in the network, and so is whom they tell
  /// of. A path through a chain of those who are nearest in key space fits no label.
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
      guard let index = anybody(entropy),
        send(.find(target), to: table[index].route, for: .bucket, at: now, entropy: entropy) != nil
      else { return false }
      spend(at: now)
      return true
    }
    return false
  }

  /// A node of that bucket is lost: if it lacks nodes now, it is filled next, and soon.
  mutating func refill(_ lost: Int, at now: Instant) {
    guard table.count(inBucket: lost) < limits.bucketSize else { return }
    bucket = lost
    bucketInterval = limits.bucketIntervalMin
    bucketAt = min(bucketAt, now + bucketInterval)
  }

  /// A node of the table that can be asked, drawn by lot.
  private func anybody(_ entropy: Entropy) -> Int? {
    let count = table.nodes.count
    let start = Int(entropy.random(below: UInt64(count)))
    for i in 0..<count {
      let index = (start + i) % count
      if index != 0, let node = table.nodes[index], node.isReachable, !node.isAsked {
        return index
      }
    }
    return nil
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
    let hops = UInt64(table.costOfLinks(to: node) / Link.costMin)
    node.readInterval =
      node.listSum != node.knownListSum
      ? limits.readIntervalMin * max(1, hops * hops) : node.readInterval * 2
    node.readInterval = min(node.readInterval, limits.readIntervalMax)
    node.knownListSum = node.listSum
    plan(node, readAt: now + jittered(node.readInterval, entropy))
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
    due = min(due, min(table.forgetAt, table.forgiveAt))
    for search in searches { due = min(due, search.deadline) }
    return min(due, transactions.deadline)
  }
}
