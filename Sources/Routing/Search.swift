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

  /// Adds somebody to ask. One path for each node is enough, the shortest, but for the target up to
  /// three are tried that begin with the same (shortest) director: that neighbour may be silent.
  func add(_ candidate: SearchCandidate) {
    let path = candidate.route.label
    let isTarget = candidate.route.address == target
    var sameCount = 0
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
      if other.route.label.bits & 15 == path.bits & 15 { sameCount += 1 }
    }
    guard sameCount < 3 else { return }
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

  /// A switch says that nothing gets through along `path`: who was asked that way is not waited
  /// for, and not asked that way again.
  func isBroken(_ path: Label) {
    let count = waits.count
    waits.removeAll { $0.path == path }
    requestCount += count - waits.count
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

  /// The target; else by turns twice who has the shortest way of the four nearest in key space,
  /// and once of all: in a network that does not know itself yet, the latter may know a way when
  /// nobody near the target does.
  private var nextIndex: Int? {
    guard let nearest = candidates.firstIndex(where: { $0.canBeAsked }) else { return nil }
    let isTarget = candidates[nearest].route.address == target
    if requestCount <= (isTarget ? 0 : reservedCount) { return nil }
    #if !APPLIANCE
      if limits.habits.contains(.search) { return nearest }
    #endif
    if isTarget { return nearest }
    var count = askedCount % 3 == 1 ? candidates.count : limits.searchNearestCount
    var index = nearest
    for i in nearest..<candidates.count where candidates[i].canBeAsked && count > 0 {
      count -= 1
      if candidates[i].route.label.bitCount < candidates[index].route.label.bitCount { index = i }
    }
    return index
  }

  /// Queries that may be out at the same time. When the target itself is asked, the others are
  /// asked only in case that this way is none.
  private var parallelMax: Int {
    for candidate in candidates where candidate.route.address == target && candidate.isAsked {
      for wait in waits where wait.path == candidate.askedAlong { return parallelCount * 3 / 4 }
    }
    return parallelCount
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
