import Bytes
import Cryptography
import Switching

extension Router {
  /// Queries of a search for which nobody says how many; the last fifth is for the target.
  public static var searchRequestCount: Int { 40 }

  /// Searches for a path to `target`; joins a search for it that is under way. Paths are reported
  /// as `route` when they are found, the end as `searchEnded`. With a `token` other than 0 each
  /// answer is told, too. At most `requestCountMax` queries are sent.
  public mutating func search(
    for target: IPv6Address, token: UInt32 = 0, requestCountMax: Int = searchRequestCount,
    at now: Instant,
    entropy: Entropy
  ) {
    defer { nextDeadline = deadline(at: now) }
    if let i = searches.firstIndex(where: { $0.target == target }) {
      if token != 0, searches[i].tokens.count < limits.searchTokenCountMax {
        searches[i].tokens.append(token)
      } else if token != 0 {
        emit(.searchDone(token: token))
      }
      return
    }
    guard searches.count < limits.searchCountMax, target != address else {
      emit(.searchEnded(target, found: false))
      if token != 0 { emit(.searchDone(token: token)) }
      return
    }
    nextSearchID &+= 1
    let search = Search(
      id: nextSearchID, target: target, requestCount: min(max(1, requestCountMax), 64),
      knownCount: table.count, limits: limits)
    if token != 0 { search.tokens.append(token) }
    seed(search)
    if let index = table.index(of: target), table[index].isReachable {
      emit(.route(table[index].route, .table(table[index].cost)))
    }
    searches.append(search)
    stepSearches(at: now, entropy: entropy)
  }

  /// Adds whom the table knows, and the paths to the target that somebody told of.
  private func seed(_ search: Search) {
    let target = search.target
    let seeds = table.nearest(to: target, countMax: limits.searchCandidateCountMax) { _ in true }
    for index in seeds {
      search.add(
        SearchCandidate(
          route: table[index].route, distance: Distance(target, table[index].address),
          parent: nil, label: .unknown))
    }
    for candidate in candidates.all where candidate.id.child == target && !candidate.isHint {
      addListed(candidate, to: search)
    }
  }

  /// Nothing gets through to the peer behind `label`: whom a search asked that way may be asked
  /// another way. To be called when the paths are computed anew.
  mutating func restartSearches(behind label: Label, at now: Instant) {
    #if !APPLIANCE
      if limits.habits.contains(.search) { return }
    #endif
    for search in searches {
      search.forget(behind: label)
      seed(search)
      nextDeadline = now
    }
  }

  private func addListed(_ candidate: Candidate, to search: Search) {
    guard let parent = table.index(of: candidate.id.parent) else { return }
    let path = table.path(through: parent, to: candidate.id.label)
    guard path != .unreachable else { return }
    search.add(
      SearchCandidate(
        route: Route(
          key: candidate.key, address: candidate.id.child, version: candidate.version,
          label: path),
        distance: Distance(search.target, candidate.id.child), parent: candidate.id.parent,
        label: candidate.id.label))
  }

  /// Lets every search ask whom it can, and ends those that can ask no more.
  mutating func stepSearches(at now: Instant, entropy: Entropy) {
    var i = 0
    while i < searches.count {
      let search = searches[i]
      // What is late may be lost, and what is asked next must not get lost in the same place.
      for wait in search.waits where wait.until <= now {
        table.doubt(wait.path, at: now)
        search.isLate(wait.path)
      }
      while let next = search.next(at: now) {
        if next.parent == nil, let way = wayAround(next.route, at: now) {
          next.route = next.route.along(way)
        }
        next.askedAlong = next.route.label
        let isTarget = next.route.address == search.target
        guard
          let handle = send(
            isTarget ? question(of: search) : .find(search.target), to: next.route,
            for: .search(id: search.id), at: now, entropy: entropy)
        else { break }
        counters.searchQueries &+= 1
        let timeout = transactions.searchTimeout
        search.waits.append((handle, now + search.patience(next, timeout), next.route.label))
        search.giveUpAt = max(search.giveUpAt, now + 2 * timeout)
      }
      #if !APPLIANCE
        if limits.habits.contains(.search), search.isExhausted, search.waits.isEmpty {
          end(i, found: false)
          continue
        }
      #endif
      if search.isExhausted, search.giveUpAt <= now || !isWaiting(for: search.id) {
        end(i, found: false)
      } else {
        i += 1
      }
    }
  }

  /// A way to a node of the table around what is doubted; nil if its path is not doubted, or if
  /// there is no other.
  private func wayAround(_ route: Route, at now: Instant) -> Label? {
    #if !APPLIANCE
      if limits.habits.contains(.search) { return nil }
    #endif
    guard table.isDoubted(route.label, at: now), let index = table.index(of: route.address)
    else { return nil }
    let way = table.detour(to: index, around: [])
    return way == .unreachable ? nil : way
  }

  /// True if an answer to one of the search's queries may still come.
  private func isWaiting(for id: UInt32) -> Bool {
    transactions.all.contains {
      if case .search(id) = $0.purpose { true } else { false }
    }
  }

  private mutating func end(_ index: Int, found: Bool) {
    let search = searches.remove(at: index)
    emit(.searchEnded(search.target, found: found))
    for token in search.tokens { emit(.searchDone(token: token)) }
  }

  /// An answer to a query of a search.
  mutating func noteFound(
    _ content: RouterMessage, from sender: Route, searchID: UInt32, cameAsSent: Bool,
    milliseconds: UInt64, handle: UInt32, at now: Instant, entropy: Entropy
  ) {
    guard let i = searches.firstIndex(where: { $0.id == searchID }) else { return }
    let search = searches[i]
    #if !APPLIANCE
      let isLast = search.waits.contains { $0.handle == handle }
    #endif
    search.waits.removeAll { $0.handle == handle }
    let target = search.target
    let asked = search.candidate(sender.address, label: sender.label)
    #if APPLIANCE
      let isKept = cameAsSent
    #else
      let isKept = cameAsSent && janitor == nil
    #endif
    if isKept, let asked {
      keep(sender, content, listedBy: asked, isTarget: sender.address == target, at: now)
    }
    for token in search.tokens {
      let found = sender.address == target ? [] : routes(content.nodes, behind: sender)
      emit(.searchStep(token: token, from: sender, milliseconds: milliseconds, nodes: found))
    }
    if sender.address == target {
      end(i, found: true)
      #if !APPLIANCE
        if limits.habits.contains(.search) { return }
      #endif
      shorten(
        sender, content.nodes,
        milliseconds: cameAsSent ? UInt32(truncatingIfNeeded: milliseconds) : .max,
        requestCountMax: search.requestCount, at: now, entropy: entropy)
      return
    }
    #if !APPLIANCE
      if janitor != nil || limits.habits.contains(.search) {
        let found = routes(content.nodes, behind: sender)
        noteFoundJanitor(found)
        if limits.habits.contains(.search) {
          if isLast { search.addLast(of: found, by: sender) }
          return
        }
      }
    #endif
    let path = asked?.route.label ?? sender.label
    for node in content.nodes.suffix(limits.listedNodeCountMax) where node.label != .unknown {
      add(node, listedBy: sender.address, along: path, after: milliseconds, to: search)
    }
  }

  /// Adds a node that somebody told of who is reached along `path`.
  private func add(
    _ node: ListedNode, listedBy parent: IPv6Address, along path: Label,
    after milliseconds: UInt64, to search: Search
  ) {
    let child = table.address(of: node.key)
    guard child.isNode, child != address else { return }
    func offer(_ label: Label) {
      guard label.bits > 1 else { return }
      search.add(
        SearchCandidate(
          route: Route(key: node.key, address: child, version: node.version, label: label),
          distance: Distance(search.target, child), parent: parent, label: node.label,
          milliseconds: milliseconds))
    }
    let whole = Label.splice(node.label, behind: path)
    // What we know may be shorter, and what the other tells may be newer, unless it leads back.
    offer(whole == .unreachable ? whole : table.simplified(whole))
    if whole != .unreachable, !table.walk(whole).isLoop { offer(scheme.canonical(whole) ?? whole) }
  }

  /// What the target of a search is asked: its peers show the last hops of better paths.
  private func question(of search: Search) -> Query {
    #if !APPLIANCE
      if limits.habits.contains(.search) { return .ping }
    #endif
    return .peers(from: .unknown)
  }

  /// Users talk to the node behind `route`, along which an answer takes so many milliseconds
  /// (`.max`: not known). Better paths to it are looked for, but not for too many at a time; any
  /// other ones if it is not `isServed`: nobody has answered users yet.
  public mutating func improve(
    _ route: Route, milliseconds: UInt32, isServed: Bool, at now: Instant, entropy: Entropy
  ) {
    guard !limits.habits.contains(.search), improveBudget.takeIfAny(at: now),
      send(
        .peers(from: .unknown), to: route, for: .improve(isServed: isServed), at: now,
        entropy: entropy) != nil
    else { return }
    counters.searchQueries &+= 1
    defer { nextDeadline = deadline(at: now) }
    // What others have told may make a better one already.
    guard let index = table.index(of: route.address) else { return }
    let way = table.detour(to: index, around: [])
    guard way != .unreachable, way != route.label,
      table.price(of: way) < table.price(of: route.label, milliseconds: milliseconds),
      send(.ping, to: route.along(way), for: .asked(token: 0), at: now, entropy: entropy) != nil
    else { return }
    counters.searchQueries &+= 1
  }

  /// A search goes through key space, and the path that it finds does so, too. Those of the
  /// target's peers that we know may be nearer; else the last node on the path that we know, or
  /// those with the most neighbours. If it is not `isServed`, they are asked along ways that have
  /// no node in common with that path, as far as possible, and so is the target.
  @inline(never)
  mutating func shorten(
    _ target: Route, _ peers: [ListedNode], milliseconds: UInt32, requestCountMax: Int,
    isServed: Bool = true, at now: Instant, entropy: Entropy
  ) {
    let price = isServed ? table.price(of: target.label, milliseconds: milliseconds) : .max
    let known = table.index(of: target.address)
    var asked: [Int] = []
    // The nearest of them.
    func note(_ index: Int, countMax: Int) {
      guard index != 0, table[index].isReachable, table[index].address != target.address,
        table[index].cost &+ Link.costMin < price, !asked.contains(index),
        !table[index].links.contains(where: { $0.child == known && $0.milliseconds != .max })
      else { return }
      var position = asked.count
      while position > 0, table[index].cost < table[asked[position - 1]].cost { position -= 1 }
      guard position < countMax else { return }
      if asked.count == countMax { asked.removeLast() }
      asked.insert(index, at: position)
    }
    for peer in peers.suffix(limits.listedNodeCountMax) {
      if let index = table.index(of: peer.key) {
        note(index, countMax: limits.shorteningPeerCount)
      }
    }
    if asked.isEmpty {
      let hubs = table.hubs(limits.shorteningHubCount)
      for index in [table.walk(target.label).node] + hubs {
        note(index, countMax: 1 + limits.shorteningHubCount)
      }
    }
    for index in asked.prefix(max(0, requestCountMax)) {
      var path = table[index].path
      if !isServed {
        let way = table.detour(to: index, around: [target.label])
        if way != .unreachable { path = way }
      }
      guard
        send(
          .find(target.address), to: table[index].route.along(path),
          for: .shorten(target.key, price: price), at: now, entropy: entropy) != nil
      else { return }
      counters.searchQueries &+= 1
    }
  }

  /// Somebody was asked for a better path to `target` than one of that price: if there is one, it
  /// has to prove itself.
  mutating func noteShorter(
    _ content: RouterMessage, from sender: Route, to target: PublicKey, price: UInt32,
    at now: Instant, entropy: Entropy
  ) {
    guard let parent = table.index(of: sender.address) else { return }
    // The better way is the last.
    for node in content.nodes.reversed() where node.key == target {
      tryShorter(node, listedBy: parent, along: sender.label, price: price, at: now, entropy)
      if price != .max { return }
    }
  }

  @inline(never)
  private mutating func tryShorter(
    _ node: ListedNode, listedBy parent: Int, along sender: Label, price: UInt32, at now: Instant,
    _ entropy: Entropy
  ) {
    guard let label = table[parent].scheme.canonical(node.label) else { return }
    let isAny = price == .max
    var path =
      isAny ? Label.splice(node.label, behind: sender) : table.path(through: parent, to: label)
    guard path != .unreachable else { return }
    if !isAny { path = table.simplified(path) }
    // A neighbour's own link may be quicker than most.
    guard path.isRoutable,
      table[parent].scheme.isOneHop(label) || table.price(of: path) < price,
      !table.walk(path).isLoop
    else { return }
    if table[parent].scheme.isOneHop(label), let known = table.index(of: node.key) {
      table.addTold(label, from: parent, to: known)
    }
    let route = Route(
      key: node.key, address: table.address(of: node.key), version: node.version, label: path)
    _ = send(.ping, to: route, for: .asked(token: 0), at: now, entropy: entropy)
  }

  /// Somebody whom a search found has answered: kept in the table, if there is room. The target
  /// takes the place of another node, so that what is known about the ways to it is kept, too.
  private mutating func keep(
    _ sender: Route, _ content: RouterMessage, listedBy asked: SearchCandidate, isTarget: Bool,
    at now: Instant
  ) {
    if isTarget { table.keep(sender.address) }
    if let known = table.index(of: sender.address), table[known].isReachable { return }
    guard
      isTarget || table.index(of: sender.address) != nil
        || table.wants(sender.address, cost: Link.cost(of: sender.label, in: scheme)),
      let index = table.index(of: sender.address)
        ?? table.insert(sender, isPeer: false, at: now)
    else { return }
    let node = table[index]
    table.take(content, about: index)
    node.heardAt = now
    // A link of the one who listed it, if that is how it was reached; else a path of its own.
    var parent = 0
    var label = sender.label
    if let address = asked.parent, let listing = table.index(of: address), listing != index,
      table.path(through: listing, to: asked.label) == sender.label
    {
      parent = listing
      label = table[listing].scheme.canonical(asked.label) ?? asked.label
    }
    table.addLink(
      Link(
        parent: parent, child: index, label: label, inverseForm: content.form, isPeer: false,
        isOneHop: table[parent].scheme.isOneHop(label)))
    updatePaths(at: now)
  }
}
