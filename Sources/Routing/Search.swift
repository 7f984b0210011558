import Bytes
import Switching

/// A search for one address: it asks the nearest nodes that it knows of for nearer ones, several
/// at a time, and follows the whole of their answers (routing.md sections 15 and 19.2).
final class Search {
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
  private var askedCount = 0

  init(id: UInt32, target: IPv6Address, requestCount: Int, limits: RouterLimits) {
    self.id = id
    self.target = target
    self.requestCount = requestCount
    reservedCount = limits.habits.contains(.search) ? 0 : requestCount / 5
    self.limits = limits
  }

  /// Adds somebody to ask. One path for each node is enough, but for the target up to three are
  /// tried that begin with the same (shortest) director, in case that neighbour is silent.
  func add(_ candidate: SearchCandidate) {
    let isTarget = candidate.route.address == target
    var sameCount = 0
    var waitingCount = 0
    for other in candidates {
      if !other.isAsked { waitingCount += 1 }
      guard other.route.address == candidate.route.address else { continue }
      if !isTarget || other.route.label == candidate.route.label { return }
      if other.route.label.bits & 15 == candidate.route.label.bits & 15 { sameCount += 1 }
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

  /// Forgets all whose path begins with the one-hop path `label`.
  func forget(behind label: Label) {
    candidates.removeAll { $0.route.label.routesThrough(label) }
    waits.removeAll()
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
    guard waits.count < limits.searchParallelMax || candidates[index].route.address == target
    else { return nil }
    candidates[index].isAsked = true
    requestCount -= 1
    askedCount += 1
    return candidates[index]
  }

  /// The target; else by turns twice the nearest in key space, and once the nearest in the
  /// network: in a network that does not know itself yet, the latter may know a way when nobody
  /// near the target does.
  private var nextIndex: Int? {
    guard let nearest = candidates.firstIndex(where: { !$0.isAsked }) else { return nil }
    let isTarget = candidates[nearest].route.address == target
    if requestCount <= (isTarget ? 0 : reservedCount) { return nil }
    #if !APPLIANCE
      if limits.habits.contains(.search) { return nearest }
    #endif
    if askedCount % 3 != 1 || isTarget { return nearest }
    var index = nearest
    for i in candidates.indices
    where !candidates[i].isAsked
      && candidates[i].route.label.bitCount < candidates[index].route.label.bitCount
    { index = i }
    return index
  }

  /// A query along `path` was not answered in time: the target is asked again, twice at most.
  func isLate(_ path: Label) {
    #if !APPLIANCE
      if limits.habits.contains(.search) { return }
    #endif
    guard
      let index = candidates.firstIndex(where: {
        $0.route.address == target && $0.route.label == path
      })
    else { return }
    candidates[index].failureCount += 1
    if candidates[index].failureCount < 3 { candidates[index].isAsked = false }
  }

  /// True if nothing more can be asked.
  var isExhausted: Bool { nextIndex == nil }

  /// The candidate that was asked over `label`.
  func candidate(_ address: IPv6Address, label: Label) -> SearchCandidate? {
    candidates.first { $0.route.address == address && $0.route.label == label }
  }

  var deadline: Instant {
    var deadline = isExhausted ? giveUpAt : .never
    for wait in waits { deadline = min(deadline, wait.until) }
    return deadline
  }
}
