#if !APPLIANCE
  import Bytes
  import Cryptography
  import Switching

  // The original's way to know the network (routing.md sections 10, 13 and 14), for comparison:
  // it asks at random, and believes what the path of an answer seems to show.
  extension Router {
    var janitorDeadline: Instant {
      guard let janitor else { return .never }
      return janitor.lost.isEmpty ? min(janitor.cycleAt, janitor.peerAt) : Instant(milliseconds: 0)
    }

    /// Does what is due of the periodic work.
    mutating func tidyUp(at now: Instant, entropy: Entropy) {
      while let lost = janitor?.lost.popLast() { search(for: lost, at: now, entropy: entropy) }
      guard var janitor else { return }
      if janitor.peerAt <= now {
        janitor.peerAt = now + 1000
        if let peer = janitor.takePeer() { meet(peer, at: now, entropy: entropy) }
      }
      if janitor.cycleAt <= now {
        janitor.cycleAt = now + Janitor.pause(entropy)
        if let route = rumour(&janitor, at: now, entropy: entropy) {
          askForPeers(route, at: now, entropy: entropy)
        }
        if let node = mostSilent {
          node.isAsked = askForPeers(node.route, at: now, entropy: entropy)
        }
        tendKeyspace(&janitor, at: now, entropy: entropy)
      }
      self.janitor = janitor
    }

    // MARK: Asking

    /// The next path to look at; nil if there is nothing.
    private func rumour(
      _ janitor: inout Janitor, at now: Instant, entropy: Entropy
    ) -> Route? {
      while let route = janitor.external.take() {
        if !janitor.isAnswered(route.label, at: now) { return believed(route) }
      }
      while let route = janitor.links.take() {
        if !janitor.isAnswered(route.label, at: now), table.index(of: route.address) != nil {
          return believed(route)
        }
      }
      while let route = janitor.nodes.take() {
        if !janitor.isAnswered(route.label, at: now) { return believed(route) }
      }
      return randomLink(entropy)
    }

    private func randomLink(_ entropy: Entropy) -> Route? {
      var parents: [Int] = []
      for i in table.nodes.indices {
        if let node = table.nodes[i], node.isReachable, !node.links.isEmpty { parents.append(i) }
      }
      guard !parents.isEmpty else { return nil }
      let parent = parents[Int(entropy.random(below: UInt64(parents.count)))]
      let links = table[parent].links
      let link = links[Int(entropy.random(below: UInt64(links.count)))]
      let path = table.path(through: parent, to: link.label)
      return path == .unreachable ? nil : table[link.child].route.along(path)
    }

    /// The node that the table has at the end of the path, if it has one.
    private func believed(_ route: Route) -> Route {
      let (end, rest, _) = table.walk(route.label)
      guard rest == .here, end != 0 else { return route }
      return table[end].route.along(route.label)
    }

    /// The node of which nothing was heard for the longest time.
    private var mostSilent: Node? {
      var found: Node?
      for i in table.nodes.indices.dropFirst() {
        guard let node = table.nodes[i], node.isReachable, !node.isAsked else { continue }
        if let found, found.heardAt <= node.heardAt { continue }
        found = node
      }
      return found
    }

    /// Asks for peers from a label on that is drawn.
    @discardableResult
    private mutating func askForPeers(
      _ route: Route, at now: Instant, entropy: Entropy
    ) -> Bool {
      let start = Label(UInt64(entropy.randomUInt32()))
      return count(
        send(.peers(from: start), to: route, for: .read(start), at: now, entropy: entropy))
    }

    private mutating func count(_ handle: UInt32?) -> Bool {
      guard handle != nil else { return false }
      counters.maintenanceQueries &+= 1
      return true
    }

    private mutating func tendKeyspace(
      _ janitor: inout Janitor, at now: Instant, entropy: Entropy
    ) {
      guard let route = janitor.keyspace.take() else {
        for bucket in 0..<128 {
          let target = address.bucketTarget(bucket)
          let found = table.nearest(to: target, countMax: 4) { Int($0.bucket) == bucket }
          for index in found { janitor.keyspace.add(table[index].route) }
        }
        return
      }
      guard let index = table.index(of: route.address), table[index].path == route.label else {
        _ = count(
          send(.ping, to: route, for: .asked(token: 0), at: now, entropy: entropy))
        return
      }
      let target = route.address.bucketTarget(Int(table[index].bucket))
      _ = count(send(.find(target), to: route, for: .bucket, at: now, entropy: entropy))
    }

    // MARK: Peers

    /// A direct peer is up: it is asked until it is in the table.
    mutating func note(peer: Route, at now: Instant) {
      guard let janitor else { return }
      let known = janitor.peers.first { $0.label == peer.label }
      if let known, known.key == peer.key, known.version == peer.version { return }
      self.janitor?.peers.removeAll { $0.label == peer.label }
      self.janitor?.add(peer: peer, at: now)
      emit(.route(peer, .peer))
      settle(at: now)
    }

    mutating func forgetPeer(_ label: Label) {
      janitor?.peers.removeAll { $0.label == label }
    }

    private mutating func meet(_ peer: Route, at now: Instant, entropy: Entropy) {
      if let link = table.link(from: 0, label: peer.label), table[link.child].key == peer.key {
        return
      }
      _ = count(
        send(.peers(from: .unknown), to: peer, for: .read(.unknown), at: now, entropy: entropy))
    }

    // MARK: Answers

    /// Somebody answered: the path shows where the node is.
    mutating func discover(
      _ content: RouterMessage, from sender: Route, to transaction: Transaction, at now: Instant
    ) {
      janitor?.noteAnswer(along: sender.label, at: now)
      if let index = table.index(of: sender.address) {
        let node = table[index]
        node.isAsked = false
        if node.scheme != content.scheme {
          // The original makes the node anew.
          table.removeLinks(from: index) { _ in true }
        }
        table.take(content, about: index)
      }
      var (links, rest) = table.follow(sender.label)
      if rest == .here, let last = links.last, table[last.child].key != sender.key {
        let usurped = table[last.child]
        if usurped.path == sender.label {
          janitor?.external.add(usurped.route)
          return
        }
        table.remove(last)
        (links, rest) = table.follow(sender.label)
      }
      if rest == .here {
        confirm(links, content, from: sender, to: transaction, at: now)
      } else {
        attach(content, from: sender, behind: links.last?.child ?? 0, by: rest, at: now)
      }
    }

    /// A known path has worked.
    private mutating func confirm(
      _ links: [Link], _ content: RouterMessage, from sender: Route,
      to transaction: Transaction, at now: Instant
    ) {
      for link in links { table.answered(link) }
      guard let last = links.last else { return }
      table.setForm(content.form, of: last)
      let node = table[last.child]
      guard node.path == sender.label else { return }
      note(UInt32(truncatingIfNeeded: now.since(transaction.sentAt)), to: node, at: now)
      for link in links { table[link.child].heardAt = now }
    }

    /// A node is one hop behind the one at `parent`: they are joined. If it is farther away, the
    /// nodes between are not known, and nothing is kept.
    private mutating func attach(
      _ content: RouterMessage, from sender: Route, behind parent: Int, by rest: Label,
      at now: Instant
    ) {
      let scheme = table[parent].scheme
      guard let label = scheme.canonical(rest), scheme.isOneHop(label), !scheme.isSelf(label)
      else { return }
      let isPeer = parent == 0 && janitor?.peers.contains { $0.label == label } == true
      guard
        let index = table.index(of: sender.address)
          ?? admitted(sender, isPeer: isPeer, at: now),
        // Whoever made room may have been the parent.
        table.nodes[parent] != nil, index != parent
      else { return }
      let node = table[index]
      table.take(content, about: index)
      if !node.isReachable { node.heardAt = now }
      table.addLink(
        Link(
          parent: parent, child: index, label: label, inverseForm: content.form, isPeer: isPeer,
          isOneHop: true))
      updatePaths(at: now)
    }

    private mutating func admitted(_ route: Route, isPeer: Bool, at now: Instant) -> Int? {
      guard isPeer || table.admits(route.address) else { return nil }
      return table.insert(route, isPeer: isPeer, at: now)
    }

    /// Goes on with an answer to a query of the periodic work; false if it was another one.
    mutating func concludeJanitor(
      _ transaction: Transaction, _ content: RouterMessage, from sender: Route
    ) -> Bool {
      guard var janitor else { return false }
      let found = routes(content.nodes, behind: sender)
      switch transaction.purpose {
      case .read:
        for route in found where route.key != sender.key { sort(route, into: &janitor) }
      case .bucket:
        let own = Distance(address, sender.address)
        for route in found where Distance(address, route.address) <= own && !isKnown(route.label) {
          janitor.keyspace.add(route)
        }
      default:
        return false
      }
      self.janitor = janitor
      return true
    }

    private func isKnown(_ path: Label) -> Bool { table.walk(path).rest == .here }

    private func sort(_ route: Route, into janitor: inout Janitor) {
      let (end, rest, _) = table.walk(route.label)
      if rest == .here, table[end].key == route.key { return }
      if table.index(of: route.address) != nil {
        janitor.links.add(route)
      } else if table.count(inBucket: Distance(address, route.address).bucket) < limits.bucketSize {
        janitor.nodes.add(route)
      }
    }

    /// A search was told of nodes.
    mutating func noteFoundJanitor(_ routes: [Route]) {
      for route in routes where table.index(of: route.address) == nil {
        janitor?.external.add(route)
      }
    }

    /// A packet came along a path: it is tried if it is shorter than the one that is known.
    public mutating func notePath(of sender: Route) {
      guard janitor != nil, let index = table.index(of: sender.address),
        let path = scheme.canonical(sender.label), path < table[index].path, !isKnown(path)
      else { return }
      janitor?.external.add(sender.along(path))
    }

    // MARK: What fails

    /// A query was not answered; false if it was not one of the periodic work.
    mutating func giveUpJanitor(_ transaction: Transaction) -> Bool {
      guard janitor != nil else { return false }
      switch transaction.purpose {
      case .read, .bucket: break
      default: return false
      }
      guard let index = table.index(of: transaction.route.address) else { return true }
      let node = table[index]
      node.isAsked = false
      guard node.path == transaction.route.label, let link = node.bestLink else { return true }
      table.failed(link)
      janitor?.external.add(transaction.route)
      return true
    }

    /// A switch at the end of `place` complained about a packet along `whole`: the link that goes
    /// on from there is broken.
    mutating func breakLink(_ place: Label, _ whole: Label, at now: Instant) {
      let (before, _) = table.follow(place)
      let (links, rest) = table.follow(whole)
      guard before.count < links.count else { return }
      let link = links[before.count]
      let child = table[link.child]
      let end = links.last.map { table[$0.child] }
      guard rest == .here, end?.path == whole else {
        janitor?.external.add(child.route)
        return
      }
      table.remove(link)
      updatePaths(at: now)
      janitor?.lost.append(child.address)
    }
  }

  extension NodeTable {
    /// True unless a node of that address would be the first to go again.
    func admits(_ address: IPv6Address) -> Bool {
      guard strangerCount >= limits.nodeCountMax,
        count(inBucket: Distance(own.address, address).bucket) >= 4
      else { return true }
      guard let worst = worstOfAll else { return false }
      let node = self[worst]
      return !node.isReachable
        || own.address.prefix ^ address.prefix < own.address.prefix ^ node.address.prefix
    }

    /// Who goes when the table is full, by the original's order.
    var worstOfAll: Int? {
      let own = own.address
      var kept = Set<Int>()
      for bucket in 0..<128 where count(inBucket: bucket) > 0 {
        let target = own.bucketTarget(bucket)
        for index in nearest(to: target, countMax: 4, where: { Int($0.bucket) == bucket }) {
          kept.insert(index)
        }
      }
      var worst: (rank: Int, distance: UInt64, index: Int)?
      for i in nodes.indices.dropFirst() {
        guard let node = nodes[i], !node.isPeer else { continue }
        let isFree = !kept.contains(i) && !isParent(node)
        let rank = !node.isReachable ? 2 : isFree ? 1 : 0
        let distance = UInt64(own.prefix ^ node.address.prefix) + UInt64(node.cost)
        if let worst, (worst.rank, worst.distance) >= (rank, distance) { continue }
        worst = (rank, distance, i)
      }
      return worst?.index
    }
  }
#endif
