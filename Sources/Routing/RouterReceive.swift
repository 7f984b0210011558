import Bytes
import Cryptography
import Switching
import Wire

extension Router {
  /// A message of another router. `message` is the bencode behind the data header; it came through
  /// the end-to-end session with `key`, whose address is `address`, along the return path `path`.
  /// What came in a HELLO may be a recording: then `isFresh` is false, and the path proves nothing.
  public mutating func receive(
    _ message: Span<UInt8>, from key: PublicKey, address: IPv6Address, path: Label,
    isFresh: Bool = true, at now: Instant, entropy: Entropy
  ) {
    guard key != table.own.key, path.isRoutable, let short = scheme.canonical(path)
    else { return }
    let content: RouterMessage
    do throws(RouterMessageError) {
      content = try RouterMessage(message)
    } catch {
      counters.malformed &+= 1
      return
    }
    let sender = Route(key: key, address: address, version: content.version, label: short)
    if content.query != nil {
      let isOld = !isFresh && !limits.habits.contains(.sessions)
      emit(.route(sender, isOld ? .hearsay : .incoming))
      answer(content, to: sender.along(path), at: now)
      noteQuery(of: sender, isFresh: isFresh, at: now)
    } else if !content.isForSupernode {
      guard let transaction = transactions.end(content.transaction, from: key, at: now) else {
        counters.unsolicited &+= 1
        return
      }
      counters.answersReceived &+= 1
      let isPing = !limits.habits.contains(.sessions) || transaction.isAsked
      let time = transaction.milliseconds(of: sender.label, at: now)
      emit(.route(sender, isPing ? .answered(time) : .incoming))
      noteAnswer(content, from: sender, to: transaction, at: now)
      conclude(transaction, content, from: sender, at: now, entropy: entropy)
    }
    work(at: now, entropy: entropy)
  }

  /// A query proves that its sender is alive, and that a path leads there.
  private mutating func noteQuery(of sender: Route, isFresh: Bool, at now: Instant) {
    #if !APPLIANCE
      if janitor != nil { return notePath(of: sender) }
    #endif
    if let index = table.index(of: sender.address) {
      let node = table[index]
      node.version = sender.version
      if isFresh, node.path == sender.label { node.heardAt = now }
      if node.isReachable { return }
    }
    let (end, rest, _) = table.walk(sender.label)
    if rest == .here, end > 0, table[end].address != sender.address {
      // Somebody else is where we believed that node to be.
      check(end, at: now)
    }
    let cost = Link.cost(of: sender.label, in: scheme)
    guard table.wants(sender.address, cost: cost) else { return }
    _ = enter(
      Candidate(
        id: Candidate.ID(parent: address, label: sender.label, child: sender.address),
        key: sender.key, version: sender.version, isHint: true, dueAt: now), at: now)
  }

  /// What an answer says about a node that is in the table.
  private mutating func noteAnswer(
    _ content: RouterMessage, from sender: Route, to transaction: Transaction, at now: Instant
  ) {
    #if !APPLIANCE
      if janitor != nil { return discover(content, from: sender, to: transaction, at: now) }
    #endif
    guard let index = table.index(of: sender.address) else {
      table.believe(sender.label)
      return
    }
    var node = table[index]
    if node.scheme != content.scheme {
      // Every label that it told means something else now.
      table.removeLinks(from: index) { _ in true }
      readAgain(node, at: now)
    }
    table.take(content, about: index)
    guard sender.label == node.path else {
      table.prove(sender.label, to: index, form: content.form)
      measure(sender.label, to: index, after: transaction.milliseconds(of: sender.label, at: now))
      return
    }
    node.heardAt = now
    node.failureCount = 0
    note(UInt32(truncatingIfNeeded: now.since(transaction.sentAt)), to: node, at: now)
    if let link = node.bestLink, link.inverseForm != content.form {
      table.setForm(content.form, of: link)
    }
    // All links on the way have worked.
    table.noteForwarding(node.path)
    while let link = node.bestLink {
      if link.cost != link.floor || link.failureCount != 0 {
        table.answered(link)
      }
      link.doubtCount = 0
      node = table[link.parent]
      node.heardAt = now
    }
  }

  /// A question to `node` along its best path and the answer took so many milliseconds: so much
  /// more than to the node before it is what the last link takes.
  mutating func note(_ milliseconds: UInt32, to node: Node, at now: Instant) {
    // Others on the way may have made it wait: the quick ones are believed more.
    let known = node.roundTrip ?? milliseconds
    let time = milliseconds < known ? milliseconds : known + (milliseconds - known) / 4
    let isFirst = node.roundTrip == nil
    node.roundTrip = time
    if isFirst { measureChildren(of: node, at: now) }
    guard let link = node.bestLink, !link.isPeer, let before = table.roundTrip(through: link.parent)
    else { return }
    table.measured(link, time > before ? time - before : 0, airtime: 0)
  }

  /// A question along `path` and the answer took so many milliseconds, `.max` if nobody knows: what
  /// is not the time of links that have been measured is that of the others.
  @inline(never)
  private mutating func measure(_ path: Label, to index: Int, after milliseconds: UInt32) {
    let (links, rest) = table.follow(path)
    guard milliseconds != .max, links.last?.child == index, rest == .here else { return }
    var known: UInt32 = 0
    var newCount: UInt32 = 0
    for link in links {
      if link.milliseconds != .max { known &+= link.milliseconds } else { newCount += 1 }
    }
    let time = milliseconds > known ? milliseconds - known : 0
    for link in links where link.milliseconds == .max && !link.isPeer {
      table.measured(link, time / newCount, airtime: 0)
    }
  }

  /// Goes on with what the query was for.
  private mutating func conclude(
    _ transaction: Transaction, _ content: RouterMessage, from sender: Route, at now: Instant,
    entropy: Entropy
  ) {
    #if !APPLIANCE
      if concludeJanitor(transaction, content, from: sender) { return }
    #endif
    let cameAsSent = sender.label == transaction.route.label
    let milliseconds = now.since(transaction.sentAt)
    switch transaction.purpose {
    case .read(let start):
      guard let index = table.index(of: sender.address) else { return }
      table[index].isAsked = false
      updatePaths(at: now)
      notePage(content.nodes, of: index, from: start, at: now, entropy: entropy)
    case .contact(let id):
      guard let candidate = candidates.remove(id) else { return }
      guard cameAsSent,
        let index = admit(
          candidate, content, from: sender, after: UInt32(truncatingIfNeeded: milliseconds), at: now
        )
      else { return }
      updatePaths(at: now)
      notePage(content.nodes, of: index, from: .unknown, at: now, entropy: entropy)
    case .bucket:
      guard let index = table.index(of: sender.address) else { return }
      table[index].isAsked = false
      noteFound(content.nodes, by: index, at: now)
    case .search(let id):
      noteFound(
        content, from: sender, searchID: id, cameAsSent: cameAsSent, milliseconds: milliseconds,
        handle: transaction.handle, at: now, entropy: entropy)
    case .improve(let isServed):
      shorten(
        sender, content.nodes, milliseconds: transaction.milliseconds(of: sender.label, at: now),
        requestCountMax: limits.shorteningPeerCount, isServed: isServed, at: now, entropy: entropy)
    case .shorten(let target, let price):
      noteShorter(content, from: sender, to: target, price: price, at: now, entropy: entropy)
    case .approach(let approach):
      noteApproach(content, from: sender, approach, at: now, entropy: entropy)
    case .advance(let approach):
      noteAdvance(content, from: sender, approach, at: now, entropy: entropy)
    case .asked(let token):
      emit(
        .answered(
          token: token, from: sender, milliseconds: milliseconds,
          nodes: routes(content.nodes, behind: sender), scheme: content.scheme))
    }
  }

  /// The nodes that an answer lists, as we would reach them.
  func routes(_ nodes: [ListedNode], behind sender: Route) -> [Route] {
    var routes: [Route] = []
    for node in nodes.suffix(limits.listedNodeCountMax) where node.label != .unknown {
      let path = Label.splice(node.label, behind: sender.label)
      guard path != .unreachable else { continue }
      let address = table.address(of: node.key)
      guard address.isNode else { continue }
      routes.append(
        Route(key: node.key, address: address, version: node.version, label: path))
    }
    return routes
  }

  /// A candidate has answered after so many milliseconds: it and the link to it are believed.
  /// Returns its place in the table; nil if there is no room.
  private mutating func admit(
    _ candidate: Candidate, _ content: RouterMessage, from sender: Route,
    after milliseconds: UInt32, at now: Instant
  ) -> Int? {
    var known = table.index(of: sender.address)
    if known == nil { known = table.insert(sender, isPeer: false, at: now) }
    guard let index = known else { return nil }
    let node = table[index]
    table.take(content, about: index)
    node.heardAt = now
    // If the one who listed it is gone, there is still the path from here.
    let listing = candidate.isHint ? nil : table.index(of: candidate.id.parent)
    let parent = listing ?? 0
    let label = listing == nil ? sender.label : candidate.id.label
    guard parent != index else { return index }
    table.addLink(
      Link(
        parent: parent, child: index, label: label, inverseForm: content.form, isPeer: false,
        isOneHop: table[parent].scheme.isOneHop(label)))
    if let link = table.link(from: parent, label: label), !link.isPeer, link.milliseconds == .max,
      let before = table.roundTrip(through: parent)
    {
      table.measured(link, milliseconds > before ? milliseconds - before : 0, airtime: 0)
    }
    return index
  }

  // MARK: Lists

  /// A page of a node's peers, from the label `start` of its own on.
  private mutating func notePage(
    _ nodes: [ListedNode], of index: Int, from start: Label, at now: Instant,
    entropy: Entropy
  ) {
    let nodes = nodes.suffix(limits.listedNodeCountMax)
    let nodeScheme = table[index].scheme
    var labels: [Label] = []
    var largest = start
    var hasContradiction = false
    for node in nodes {
      guard let label = nodeScheme.routable(node.label), nodeScheme.isOneHop(label),
        !nodeScheme.isSelf(label)
      else { continue }
      labels.append(label)
      largest = max(largest, label)
      if let known = table.link(from: index, label: label),
        table[known.child].key != node.key
      {
        hasContradiction = true
      }
    }
    if hasContradiction {
      // It has numbered its peers anew: nothing that it told before holds.
      counters.contradictions &+= 1
      table.removeLinks(from: index) { _ in true }
      candidates.removeAll { $0.id.parent == table[index].address && !$0.isAsked && !$0.isHint }
    } else {
      removeUnlisted(of: index, labels, from: start, isFull: nodes.count >= Self.answerCountMax)
    }
    for node in nodes {
      guard let label = nodeScheme.routable(node.label), labels.contains(label) else { continue }
      _ = note(node, label, listedBy: index, at: now)
      // In whatever order: a page begins with the last of the one before.
      if label != start {
        table[index].listSum &+= (Node.head(of: node.key) ^ label.bits) &* 0x9e37_79b9_7f4a_7c15
      }
    }
    let hasMore = nodes.count >= Self.answerCountMax && largest > start
    schedule(index, next: hasMore ? largest : nil, at: now, entropy: entropy)
    updatePaths(at: now)
  }

  /// Links that a page should have shown, and did not, are gone.
  private mutating func removeUnlisted(
    of index: Int, _ labels: [Label], from start: Label, isFull: Bool
  ) {
    guard !labels.isEmpty || !isFull else { return }
    var largest = start
    for label in labels { largest = max(largest, label) }
    let nodeScheme = table[index].scheme
    table.removeLinks(from: index) { link in
      nodeScheme.isOneHop(link.label) && link.label >= start
        && (!isFull || link.label <= largest) && !labels.contains(link.label)
    }
  }

  /// A node that the one at `index` listed. Returns true if nobody had told of that node.
  private mutating func note(
    _ node: ListedNode, _ label: Label, listedBy index: Int, at now: Instant
  ) -> Bool {
    let isOneHop = table[index].scheme.isOneHop(label)
    if let child = table.index(of: node.key) {
      if child == 0, isOneHop {
        // Shows loops in what others tell. Nothing leads over it, so it needs no proof. Only peers
        // have such a link.
        if table.isPeer(index), table.link(from: index, label: label) == nil {
          table.addLink(
            Link(
              parent: index, child: 0, label: label, inverseForm: 0, isPeer: false,
              isOneHop: true))
        }
        return false
      }
      let isWanted = table.wantsLink(from: index, label: label, to: child)
      if isOneHop { table.addTold(label, from: index, to: child) }
      guard isWanted else { return false }
      return consider(node, table[child].address, label, listedBy: index, at: now)
        && !table[child].isReachable
    }
    guard table.path(through: index, to: label) != .unreachable else { return false }
    let child = node.key.address
    guard child.isNode,
      table.wants(child, cost: table.cost(through: index, to: label))
    else { return false }
    return consider(node, child, label, listedBy: index, at: now)
  }

  private mutating func consider(
    _ node: ListedNode, _ child: IPv6Address, _ label: Label, listedBy index: Int,
    at now: Instant
  ) -> Bool {
    let id = Candidate.ID(parent: table[index].address, label: label, child: child)
    return enter(
      Candidate(
        id: id, key: node.key, version: node.version,
        isRefinement: table.refines(from: index, label: label, to: child), dueAt: now), at: now)
  }

  /// Nodes near a bucket's target: who is not known is tried, if its bucket lacks nodes.
  private mutating func noteFound(_ nodes: [ListedNode], by index: Int, at now: Instant) {
    let nodeScheme = table[index].scheme
    var hasNews = false
    for node in nodes.suffix(limits.listedNodeCountMax) {
      guard let label = nodeScheme.routable(node.label), table.index(of: node.key) == nil
      else { continue }
      if note(node, label, listedBy: index, at: now) { hasNews = true }
    }
    if hasNews { bucketInterval = limits.bucketIntervalMin }
  }
}

extension EncodingScheme {
  /// What a node of this scheme calls `label`, in its shortest form; nil if no packet can be sent
  /// along it.
  @inline(never)
  fileprivate func routable(_ label: Label) -> Label? { label.isRoutable ? canonical(label) : nil }
}
