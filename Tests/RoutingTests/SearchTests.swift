import Bytes
import Cryptography
import Switching
import Testing

@testable import Routing

/// Whom a search asks, and along which way.
@Suite struct SearchTests {
  private let entropy = SeededEntropy(seed: 71)

  private func key(near target: IPv6Address? = nil) -> PublicKey {
    while true {
      var bytes = FixedBytes<32>()
      var span = bytes.mutableSpan
      entropy.fillPublic(&span)
      let key = PublicKey(bytes)
      guard key.isUsable else { continue }
      guard let target else { return key }
      if Distance(target, key.address).bucket >= 3 { return key }
    }
  }

  private func label(bitCount: Int) -> Label { Label(1 << UInt64(bitCount) | 0b0001) }

  private func candidate(
    _ key: PublicKey, _ label: Label, for search: Search, parent: IPv6Address? = nil,
    as told: Label = .unknown
  ) -> SearchCandidate {
    SearchCandidate(
      route: Route(key: key, address: key.address, version: 21, label: label),
      distance: Distance(search.target, key.address), parent: parent, label: told)
  }

  private func makeSearch(for target: IPv6Address) -> Search {
    Search(id: 1, target: target, requestCount: 25, knownCount: 0, limits: RouterLimits())
  }

  @Test func `a shorter way to who listed a node is one to that node`() throws {
    let now = Instant(milliseconds: 0)
    let target = key()
    let search = makeSearch(for: target.address)
    let (teller, other) = (key(), key())
    // Fifty bits to the one who knows the target, and twelve more from there.
    search.add(candidate(teller, label(bitCount: 50), for: search))
    #expect(search.next(at: now)?.route.address == teller.address)
    let told = label(bitCount: 12)
    search.add(
      candidate(target, .unreachable, for: search, parent: teller.address, as: told))
    #expect(search.next(at: now) == nil)
    // Somebody lists the teller with a longer way: nothing changes.
    search.add(
      candidate(teller, label(bitCount: 55), for: search, parent: other.address, as: told))
    #expect(search.next(at: now) == nil)
    let short = label(bitCount: 20)
    search.add(candidate(teller, short, for: search, parent: other.address, as: told))
    let next = try #require(search.next(at: now))
    #expect(next.route.address == target.address)
    #expect(next.route.label == Label.splice(told, behind: short))
    // The teller was asked, and is not asked again.
    #expect(search.next(at: now) == nil)
  }

  @Test(arguments: [(known: 0, count: 8), (known: 100, count: 12), (known: 400, count: 16)])
  func `the more nodes are known, the more are asked at the same time`(known: Int, count: Int) {
    let now = Instant(milliseconds: 0)
    let target = key()
    let search = Search(
      id: 1, target: target.address, requestCount: 40, knownCount: known, limits: RouterLimits())
    func ask() -> Int {
      var count = 0
      while let next = search.next(at: now) {
        next.askedAlong = next.route.label
        search.waits.append((UInt32(count), now + 500, next.route.label))
        count += 1
      }
      return count
    }
    for _ in 0..<20 { search.add(candidate(key(), label(bitCount: 20), for: search)) }
    #expect(ask() == count)
    search.waits.removeAll()
    // As long as the target may answer, fewer.
    search.add(candidate(target, label(bitCount: 20), for: search))
    #expect(ask() == min(count * 3 / 4, 21 - count))
  }

  @Test func `a way of which a switch says that it is broken is the last one`() throws {
    let now = Instant(milliseconds: 0)
    let target = key()
    let search = makeSearch(for: target.address)
    let (first, second, third) = (path(1, 3), path(3, 5, 7), path(5, 5, 5, 5))
    search.add(candidate(target, first, for: search))
    #expect(ask(search, at: now) == first)
    let left = search.requestCount
    // Nobody was asked that way yet.
    search.isBroken(second, at: second)
    #expect(search.waits.count == 1 && search.requestCount == left)
    search.isBroken(first, at: first)
    #expect(search.waits.isEmpty && search.requestCount == left + 1)
    search.isBroken(first, at: first)
    #expect(search.requestCount == left + 1)
    search.add(candidate(target, first, for: search))
    #expect(search.next(at: now) == nil)
    search.add(candidate(target, second, for: search))
    search.add(candidate(target, third, for: search))
    search.add(candidate(key(), path(7, 7), for: search))
    #expect(ask(search, at: now) == third)
    #expect(ask(search, at: now) == path(7, 7))
    #expect(ask(search, at: now) == second)
  }

  /// A path of hops of four bits each, odd numbers: those have the shortest form.
  private func path(_ hops: UInt64...) -> Label { path(of: hops) }

  private func path(of hops: [UInt64]) -> Label {
    var bits: UInt64 = 1
    for hop in hops.reversed() { bits = bits << 4 | hop }
    return Label(bits)
  }

  private func ask(_ search: Search, at now: Instant) -> Label? {
    guard let next = search.next(at: now) else { return nil }
    next.askedAlong = next.route.label
    search.waits.append((1, now + 500, next.route.label))
    return next.route.label
  }

  @Test func `over a link that a switch calls broken others are asked last`() {
    let now = Instant(milliseconds: 0)
    let search = makeSearch(for: key().address)
    search.add(candidate(key(), path(3, 5, 7), for: search))
    #expect(ask(search, at: now) == path(3, 5, 7))
    search.add(candidate(key(), path(3, 5, 7, 9), for: search))
    search.add(candidate(key(), path(3, 5, 9, 9, 9, 9), for: search))
    let left = search.requestCount
    // Packets to somebody else got to the end of 3, 5, and not over the link 7 there.
    search.isBroken(path(3, 5, 7, 11), at: path(3, 5))
    #expect(search.waits.isEmpty && search.requestCount == left + 1)
    #expect(ask(search, at: now) == path(3, 5, 9, 9, 9, 9))
    #expect(ask(search, at: now) == path(3, 5, 7, 9))
    // Who was asked is not asked again: if that was a lie, the answer comes.
    #expect(search.next(at: now) == nil)
  }

  @Test func `who lies about links costs a search few queries, and nobody their turn`() {
    let now = Instant(milliseconds: 0)
    var limits = RouterLimits()
    limits.searchBrokenLinkCountMax = 3
    let target = key()
    let search = Search(
      id: 1, target: target.address, requestCount: 40, knownCount: 0, limits: limits)
    var all: Set<UInt64> = []
    for hop in 0..<8 as Range<UInt64> {
      for end in 0..<4 as Range<UInt64> {
        let path = path(2 * hop + 1, 2 * end + 1)
        all.insert(path.bits)
        search.add(candidate(key(), path, for: search))
      }
    }
    var askedCount = 0
    for round in 0..<100 {
      while let asked = ask(search, at: now) {
        askedCount += 1
        all.remove(asked.bits)
      }
      // All links of this node are broken, somebody says, again and again.
      let hop = UInt64(2 * (round % 8) + 1)
      search.isBroken(path(hop, 3), at: .here)
      if round % 8 == 7 { search.waits.removeAll() }
    }
    #expect(askedCount == 32)
    #expect(all.isEmpty)
    #expect(search.requestCount <= 40 - 32 + 3 * 8)
  }

  private static let unknowable: [(failed: [UInt64], place: [UInt64])] = [
    // A label whose way back is wrong, and one that does not lead over the switch.
    ([3, 5, 7, 11], [3, 5, 7, 11]), ([3, 5, 7, 11], [3, 7]),
  ]

  @Test(arguments: unknowable)
  func `what a switch cannot know breaks no other way`(failed: [UInt64], place: [UInt64]) {
    let now = Instant(milliseconds: 0)
    let search = makeSearch(for: key().address)
    search.isBroken(path(of: failed), at: path(of: place))
    search.add(candidate(key(), path(3, 5, 7), for: search))
    #expect(ask(search, at: now) == path(3, 5, 7))
  }

  @Test func `of ways that begin alike three are tried at a time, with different ends first`() {
    let now = Instant(milliseconds: 0)
    let target = key()
    let search = makeSearch(for: target.address)
    let told = [
      path(3, 5, 7), path(3, 7, 7), path(3, 7, 5, 7), path(3, 9, 9, 9), path(3, 9, 9, 11),
    ]
    for path in told { search.add(candidate(target, path, for: search)) }
    #expect(ask(search, at: now) == told[0])
    #expect(ask(search, at: now) == told[3])
    #expect(ask(search, at: now) == told[4])
    #expect(ask(search, at: now) == nil)
    // One that begins otherwise does not wait for them.
    search.add(candidate(target, path(5, 5, 5, 5), for: search))
    #expect(ask(search, at: now) == path(5, 5, 5, 5))
    search.isBroken(told[3], at: path(3, 9, 9))
    #expect(ask(search, at: now) == told[1])
    // All were in vain: those that were not tried come before those that were.
    for path in [told[0], told[1], told[4]] { search.isLate(path) }
    let later = now + 1000
    #expect(ask(search, at: later) == told[2])
    #expect(ask(search, at: later) == told[4])
  }

  @Test func `the ways to the target are bounded`() {
    var limits = RouterLimits()
    limits.searchWayCountMax = 3
    let target = key()
    let search = Search(
      id: 1, target: target.address, requestCount: 40, knownCount: 0, limits: limits)
    for hop in 0..<5 as Range<UInt64> {
      search.add(candidate(target, path(2 * hop + 1, 5), for: search))
    }
    #expect(search.candidates.count == 3)
  }

  @Test func `who tells of many ways to the target leaves room for those of others`() {
    let target = key()
    let search = makeSearch(for: target.address)
    let (liar, other) = (key().address, key().address)
    for hop in 0..<8 as Range<UInt64> {
      search.add(candidate(target, path(3, 2 * hop + 1), for: search, parent: liar))
    }
    #expect(search.candidates.count == 4)
    search.add(candidate(target, path(3, 5, 7), for: search, parent: other))
    #expect(search.candidates.count == 5)
  }

  @Test func `the target is waited for as long as who listed it takes, twice and a bit`() {
    let target = key()
    let search = makeSearch(for: target.address)
    func patience(_ key: PublicKey, toldAfter milliseconds: UInt64) -> UInt64 {
      search.patience(
        SearchCandidate(
          route: Route(key: key, address: key.address, version: 21, label: path(3)),
          distance: Distance(target.address, key.address), parent: nil, label: .unknown,
          milliseconds: milliseconds), 800)
    }
    #expect(patience(target, toldAfter: 100) == 300)
    #expect(patience(target, toldAfter: 600) == 800)
    #expect(patience(target, toldAfter: 0) == 800)
    #expect(patience(key(), toldAfter: 100) == 800)
  }

  @Test func `ways that lead to each other end`() {
    let target = key()
    let search = makeSearch(for: target.address)
    let (a, b) = (key(), key())
    let told = label(bitCount: 4)
    search.add(candidate(a, label(bitCount: 40), for: search, parent: b.address, as: told))
    search.add(candidate(b, label(bitCount: 40), for: search, parent: a.address, as: told))
    search.add(candidate(a, label(bitCount: 8), for: search))
    #expect(search.candidates.map { $0.route.label.bitCount }.sorted() == [8, 12])
  }

  @Test func `of those that are nearest in key space the nearest in the network is asked first`() {
    let target = key()
    let search = makeSearch(for: target.address)
    let count = RouterLimits().searchNearestCount
    let near = (0..<8).map { _ in key(near: target.address) }
      .sorted { Distance(target.address, $0.address) < Distance(target.address, $1.address) }
    for i in 0..<8 { search.add(candidate(near[i], label(bitCount: 48 - 4 * i), for: search)) }
    let far = (0..<20).map { _ in key() }
      .filter { Distance(target.address, $0.address).bucket < 3 }
    for key in far { search.add(candidate(key, label(bitCount: 8), for: search)) }
    let now = Instant(milliseconds: 0)
    #expect(search.next(at: now)?.route.address == near[count - 1].address)
    // It is the turn of the nearest of all.
    #expect(search.next(at: now)?.route.label.bitCount == 8)
    #expect(search.next(at: now)?.route.address == near[count].address)
  }

  @Test func `who fills a bucket takes the place of the costliest who does not`() {
    var limits = RouterLimits()
    limits.candidateCountMax = 4
    var candidates = Candidates(limits: limits)
    let parent = key().address
    func candidate() -> Candidate {
      let key = key()
      return Candidate(
        id: Candidate.ID(parent: parent, label: label(bitCount: 4), child: key.address), key: key,
        version: 21, dueAt: Instant(milliseconds: 0))
    }
    for _ in 0..<4 {
      let isAdded = candidates.add(candidate(), isNeeded: false)
      #expect(isAdded)
    }
    let costs: [UInt32] = [2048, 8192, 9000, 4096]
    for i in 0..<4 {
      candidates.all[i].found(
        cost: costs[i], refines: false, fillsBucket: i == 2, after: 1)
    }
    let costliest = candidates.all[1].id
    var isAdded = candidates.add(candidate(), isNeeded: false)
    #expect(!isAdded)
    let needed = candidate()
    isAdded = candidates.add(needed, isNeeded: true)
    #expect(isAdded)
    #expect(candidates.all.count == 4)
    #expect(candidates.all.contains { $0.id == needed.id })
    #expect(!candidates.all.contains { $0.id == costliest })
    // It is there already: nobody has to go for it.
    isAdded = candidates.add(needed, isNeeded: true)
    #expect(!isAdded)
    #expect(candidates.all.count == 4)
    // Those that are being asked, or fill a bucket themselves, or are as new as it, stay.
    for i in candidates.all.indices where candidates.all[i].id != needed.id {
      candidates.all[i].isAsked = true
    }
    isAdded = candidates.add(candidate(), isNeeded: true)
    #expect(!isAdded)
  }
}
