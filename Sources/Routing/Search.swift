import Bytes
import Switching

/// A search for one address: it asks the nearest nodes that it knows of for nearer ones, several
/// at a time, and follows the whole of their answers (routing.md sections 15 and 19.2).
///
/// What a node tells is as far away as that node, and more: after two or three answers a path is
/// longer than a label. So the short ways are asked first, and whom nobody can reach yet is kept:
/// a shorter way to who listed it is one to it, too.
final class Search {
  /// Queries at the same time where few nodes are known: there hardly anybody has to be asked who
  /// does not know the target.
  private static var parallelMin: Int { 8 }
  /// Ways to the target that begin alike and are tried at the same time.
  private static var waysAtOnce: Int { 3 }
  /// Ways that one node may tell: it knows two, each of which may have a shorter form.
  private static var waysPerTeller: Int { 4 }

  let id: UInt32
  let target: IPv6Address
  /// Who wants to be told each step.
  var tokens: [UInt32] = []
  /// Queries that may still be sent,
  var requestCount: Int
  /// and the last of them, which are for the target alone: it may be found with the last answer.
  private let reservedCount: Int
  /// Nearest first; those that were asked stay, so that nobody is asked twice.
  var candidates: [SearchCandidate] = []
  /// When each of the queries that the search waits for stops to hold it up, and its path.
  var waits: [(handle: UInt32, until: Instant, path: Label)] = []
  /// Paths that end with a link of which somebody said that nothing gets over it.
  private var brokenLinks: [Label] = []
  /// No answer is waited for any longer if nobody is left to be asked.
  var giveUpAt = Instant(milliseconds: 0)
  private let limits: RouterLimits
  private let parallelCount: Int
  private var askedCount = 0

  /// `knownCount`: nodes in the table.
  init(
    id: UInt32, target: IPv6Address, requestCount: Int, knownCount: Int, limits: RouterLimits
  ) {
    self.id = id
    self.target = target
    self.requestCount = requestCount
    reservedCount = limits.habits.contains(.search) ? 0 : requestCount / 5
    self.limits = limits
    parallelCount = min(limits.searchParallelMax, max(Self.parallelMin, knownCount / 8))
  }

  /// Adds somebody to ask. One path for each node is enough, the shortest, but for the target as
  /// many as are told: several may come by a node that is gone.
  func add(_ candidate: SearchCandidate) {
    let path = candidate.route.label
    let isTarget = candidate.route.address == target
    var wayCount = 0
    var toldCount = 0
    var waitingCount = 0
    for other in candidates {
      if !other.isAsked { waitingCount += 1 }
      guard other.route.address == candidate.route.address else { continue }
      if !isTarget {
        if path.bitCount < other.route.label.bitCount { shorten(other, like: candidate) }
        return
      }
      let isSame =
        path == .unreachable ? other.parent == candidate.parent : other.route.label == path
      if isSame { return }
      wayCount += 1
      if let teller = candidate.parent, other.parent == teller { toldCount += 1 }
    }
    guard wayCount < limits.searchWayCountMax, toldCount < Self.waysPerTeller else { return }
    var position = candidates.count
    while position > 0, Self.isBetter(candidate, candidates[position - 1]) { position -= 1 }
    candidates.insert(candidate, at: position)
    if waitingCount >= limits.searchCandidateCountMax,
      let farthest = candidates.lastIndex(where: { !$0.isAsked })
    {
      candidates.remove(at: farthest)
    }
  }

  /// There is a shorter way to `known`, that of `other`, and so to those that it listed.
  private func shorten(_ known: SearchCandidate, like other: SearchCandidate) {
    known.take(wayOf: other)
    var shortened = [known]
    var position = 0
    // A way becomes shorter only so often; a bound for all that.
    while position < shortened.count, position < 4 * candidates.count {
      let parent = shortened[position].route
      position += 1
      for child in candidates where child.parent == parent.address {
        let path = Label.splice(child.label, behind: parent.label)
        guard path.bitCount < child.route.label.bitCount else { continue }
        child.route = child.route.along(path)
        shortened.append(child)
      }
    }
  }

  /// Forgets all whose path begins with the one-hop path `label`.
  func forget(behind label: Label) {
    candidates.removeAll { $0.route.label.routesThrough(label) }
    waits.removeAll()
  }

  /// A switch at the end of `place` says that nothing gets through along `path`: nobody is waited
  /// for along a way over the same link, and such ways are tried when there are no others. `path`
  /// may be given as both: then it is meant as a whole. Anybody can say so of the way to them: it
  /// is believed of a few links only, and forbids nothing.
  func isBroken(_ path: Label, at place: Label) {
    let isExact = limits.habits.contains(.search)
    let link = isExact ? path : Self.link(of: path, behind: place) ?? path
    guard !isBroken(link), brokenLinks.count < limits.searchBrokenLinkCountMax else { return }
    brokenLinks.append(link)
    let count = waits.count
    waits.removeAll { $0.path.routesThrough(link) }
    requestCount += count - waits.count
  }

  /// The start of `path` up to the next hop behind `place`; nil if it does not go on from there.
  private static func link(of path: Label, behind place: Label) -> Label? {
    guard path != place, path.routesThrough(place),
      let width = EncodingScheme.v358.width(of: path.unspliced(at: place)),
      place.bitCount + width <= path.bitCount
    else { return nil }
    return path.prefix(bitCount: place.bitCount + width)
  }

  /// True if it leads over a link that may be broken.
  @inline(never)
  private func isBroken(_ path: Label) -> Bool {
    brokenLinks.contains { path.routesThrough($0) }
  }

  @inline(never)
  private func isWaiting(for candidate: SearchCandidate) -> Bool {
    waits.contains { $0.path == candidate.askedAlong }
  }

  private static func isBetter(_ a: SearchCandidate, _ b: SearchCandidate) -> Bool {
    a.distance != b.distance ? a.distance < b.distance : a.route.label < b.route.label
  }

  /// Whom to ask now, marked as asked; nil if nobody. The target is asked without waiting.
  func next(at now: Instant) -> SearchCandidate? {
    waits.removeAll { $0.until <= now }
    guard let index = nextIndex else { return nil }
    #if !APPLIANCE
      if limits.habits.contains(.search), !waits.isEmpty { return nil }
    #endif
    guard waits.count < parallelMax || candidates[index].route.address == target else { return nil }
    candidates[index].isAsked = true
    requestCount -= 1
    askedCount += 1
    return candidates[index]
  }

  /// The target, else somebody who may know it; along ways over links that may be broken when
  /// there are no others.
  @inline(never)
  private var nextIndex: Int? {
    #if !APPLIANCE
      if limits.habits.contains(.search) {
        return requestCount > 0 ? candidates.firstIndex { $0.canBeAsked } : nil
      }
    #endif
    return nextIndex(overBroken: false) ?? (brokenLinks.isEmpty ? nil : nextIndex(overBroken: true))
  }

  private func nextIndex(overBroken: Bool) -> Int? {
    guard requestCount > 0 else { return nil }
    if let way = nextWay(overBroken) { return way }
    return requestCount > reservedCount ? nextTeller(overBroken) : nil
  }

  /// Who is asked for the target next: by turns twice who has the shortest way of the four nearest
  /// in key space, and once of all. In a network that does not know itself yet, the latter may know
  /// a way when nobody near the target does.
  @inline(never)
  private func nextTeller(_ overBroken: Bool) -> Int? {
    var index: Int?
    var count = askedCount % 3 == 1 ? candidates.count : limits.searchNearestCount
    for i in candidates.indices where count > 0 {
      let candidate = candidates[i]
      guard candidate.canBeAsked, candidate.route.address != target,
        isBroken(candidate.route.label) == overBroken
      else { continue }
      count -= 1
      if let best = index, candidates[best].route.label.bitCount <= candidate.route.label.bitCount {
        continue
      }
      index = i
    }
    return index
  }

  /// The way along which the target is asked next: one that has not failed, and does not end as
  /// those do that were tried; nil if there is none, or enough that begin alike are being tried.
  @inline(never)
  private func nextWay(_ overBroken: Bool) -> Int? {
    var best: Int?
    var least = Int.max
    for i in candidates.indices {
      guard candidates[i].route.address == target else { break }
      let path = candidates[i].route.label
      guard candidates[i].canBeAsked, isBroken(path) == overBroken else { continue }
      var pendingCount = 0
      var rank = 2 * candidates[i].failureCount
      for other in candidates {
        guard other.route.address == target else { break }
        guard other.askedAlong != .unknown, other !== candidates[i] else { continue }
        if other.askedAlong.end == path.end { rank += 1 }
        if other.askedAlong.bits & 15 == path.bits & 15, isWaiting(for: other) {
          pendingCount += 1
        }
      }
      guard pendingCount < Self.waysAtOnce, rank < least else { continue }
      best = i
      least = rank
    }
    return best
  }

  /// Queries that may be out at the same time. When the target itself is asked, the others are
  /// asked only in case that this way is none.
  private var parallelMax: Int {
    for candidate in candidates where candidate.route.address == target && candidate.isAsked {
      if isWaiting(for: candidate) { return parallelCount * 3 / 4 }
    }
    return parallelCount
  }

  /// How many milliseconds an answer is waited for, `timeout` at most. The target is mostly not
  /// much farther away than who listed it, and there may be other ways to it.
  func patience(_ candidate: SearchCandidate, _ timeout: UInt64) -> UInt64 {
    guard candidate.route.address == target, candidate.milliseconds > 0 else { return timeout }
    return min(timeout, 2 * candidate.milliseconds + 100)
  }

  /// A query along `path` was not answered in time: the target is asked again, twice at most.
  func isLate(_ path: Label) {
    #if !APPLIANCE
      if limits.habits.contains(.search) { return }
    #endif
    guard
      let index = candidates.firstIndex(where: {
        $0.route.address == target && $0.askedAlong == path
      })
    else { return }
    candidates[index].failureCount += 1
    if candidates[index].failureCount < 3 { candidates[index].isAsked = false }
  }

  /// True if nothing more can be asked.
  var isExhausted: Bool { nextIndex == nil }

  /// The candidate that was asked over `label`.
  func candidate(_ address: IPv6Address, label: Label) -> SearchCandidate? {
    candidates.first { $0.route.address == address && $0.askedAlong == label }
  }

  var deadline: Instant {
    var deadline = isExhausted ? giveUpAt : .never
    for wait in waits { deadline = min(deadline, wait.until) }
    return deadline
  }
}

extension Label {
  /// The last four bits of directors: nearly always others for another last hop.
  fileprivate var end: UInt64 { bits >> UInt64(max(0, bitCount - 4)) & 15 }
}
