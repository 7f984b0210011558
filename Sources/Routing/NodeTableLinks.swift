import Bytes
import Switching

/// The links between the nodes: which are kept, and what is learned of them.
extension NodeTable {
  func link(from parent: Int, label: Label) -> Link? {
    self[parent].links.first { $0.label == label }
  }

  private func linkCount(to child: Int) -> Int {
    var count = 0
    for link in self[child].parents where !link.isPeer { count += 1 }
    return count
  }

  /// Adds what the node at `parent` calls `label` as a link to the one at `child` that nobody has
  /// tried: it may serve when better ones fail.
  @inline(never)
  mutating func addTold(_ label: Label, from parent: Int, to child: Int) {
    guard child != 0, child != parent, link(from: parent, label: label)?.child != child else {
      return
    }
    addLink(
      Link(
        parent: parent, child: child, label: label, inverseForm: 0, isPeer: false,
        isOneHop: self[parent].scheme.isOneHop(label), isProven: false))
  }

  /// Adds a link, or renews it. The costliest one to the same node makes room.
  mutating func addLink(_ link: Link) {
    if let known = self.link(from: link.parent, label: link.label) {
      if known.child == link.child {
        guard link.isProven else { return }
        known.isPeer = known.isPeer || link.isPeer
        if !known.isProven {
          known.isProven = true
          better.append(known)
        }
        setForm(link.inverseForm, of: known)
        answered(known)
        return
      }
      remove(known)
    }
    if link.child == 0 {
      // Shows a way back to us: one for each node is enough.
      removeLinks(from: link.parent) { $0.child == 0 }
    } else if !link.isPeer, linkCount(to: link.child) >= limits.linkCountPerNodeMax {
      guard let worst = worstLink(otherThan: link), worst !== link else { return }
      remove(worst)
    }
    self[link.parent].links.append(link)
    self[link.child].parents.append(link)
    better.append(link)
  }

  /// Which link to a node goes when there is one too many, `new` among them: one of several hops,
  /// which may be the same as the others together; else the costliest, but neither the one in use
  /// nor the one whose way there parts from it first: that is left if a link on the way breaks.
  private func worstLink(otherThan new: Link) -> Link? {
    let child = self[new.child]
    let ancestors = ancestors(of: new.child)
    var first: Link?
    var firstRank = (Int.max, UInt64.max)
    var worst: Link?
    for link in child.parents + [new] where !link.isPeer && link !== child.bestLink {
      guard self[link.parent].scheme.isOneHop(link.label) else { return link }
      let rank = (commonDepth(link.parent, ancestors), total(link))
      var other = link
      if rank < firstRank {
        firstRank = rank
        guard let former = first else {
          first = link
          continue
        }
        other = former
        first = link
      }
      if let worst, total(worst) >= total(other) { continue }
      worst = other
    }
    return worst
  }

  /// The nodes on the path to the one at `index`, that one first; this node is left out.
  @inline(never)
  private func ancestors(of index: Int) -> [Int] {
    var found: [Int] = []
    var index = index
    while index != 0, found.count < Label.bitCountMax {
      found.append(index)
      guard let link = self[index].bestLink else { break }
      index = link.parent
    }
    return found
  }

  /// How many nodes the path to the one at `index` has in common with `others`, from here on.
  private func commonDepth(_ index: Int, _ others: [Int]) -> Int {
    for ancestor in ancestors(of: index) {
      if let place = others.firstIndex(of: ancestor) { return others.count - place }
    }
    return 0
  }

  /// The cost of the path to a link's child through it.
  private func total(_ link: Link) -> UInt64 {
    UInt64(self[link.parent].cost) + UInt64(cost(of: link))
  }

  mutating func remove(_ link: Link) {
    link.isGone = true
    self[link.parent].links.removeAll { $0 === link }
    let child = self[link.child]
    child.parents.removeAll { $0 === link }
    if child.bestLink === link { broken.append(child) }
  }

  mutating func removeLinks(from parent: Int, where isGone: (Link) -> Bool) {
    for link in self[parent].links where isGone(link) { remove(link) }
  }

  /// A packet over the link, and its answer, took so many milliseconds; `airtime` is that of a
  /// full packet in microseconds.
  mutating func measured(_ link: Link, _ milliseconds: UInt32, airtime: UInt32) {
    #if !APPLIANCE
      if limits.habits.contains(.cost) { return }
    #endif
    let cost = link.cost
    let isOneHop = self[link.parent].scheme.isOneHop(link.label)
    guard link.measured(milliseconds, airtime: airtime, isOneHop: isOneHop) else { return }
    if isOneHop {
      typicalCost = (typicalCost * 15 + link.floor) / 16
      changeCount &+= 1
    }
    note(link, costBefore: cost)
  }

  private mutating func note(_ link: Link, costBefore cost: UInt32) {
    if link.cost < cost {
      better.append(link)
    } else if link.cost > cost, self[link.child].bestLink === link {
      broken.append(self[link.child])
    }
  }

  /// A packet went over the link and was answered.
  mutating func answered(_ link: Link) {
    let cost = link.cost
    link.answered()
    note(link, costBefore: cost)
  }

  /// A packet that went over the link was not answered.
  mutating func failed(_ link: Link) {
    let cost = link.cost
    link.failed()
    note(link, costBefore: cost)
  }

  /// The child of `link` uses a director of that form to get back.
  mutating func setForm(_ form: Int, of link: Link) {
    guard link.inverseForm != form else { return }
    link.inverseForm = form
    // Paths that go on from there may have to be written otherwise.
    if self[link.child].bestLink === link { broken.append(self[link.child]) }
  }

  /// True if a link from `parent` by `label` to `child` would be worth a question: no path is known
  /// to the child, or it makes a cheaper one.
  func wantsLink(from parent: Int, label: Label, to child: Int) -> Bool {
    guard child != 0, link(from: parent, label: label)?.isProven != true else { return false }
    // It may be quicker than most.
    let cost = UInt64(self[parent].cost) + UInt64(Link.cost(of: label, in: self[parent].scheme))
    return cost < UInt64(self[child].cost)
  }

  /// True if the link from `parent` by `label` to `child` makes no cheaper path unless it is better
  /// than most.
  func refines(from parent: Int, label: Label, to child: IPv6Address) -> Bool {
    guard let index = index(of: child) else { return false }
    return cost(through: parent, to: label) >= self[index].cost
  }
}
