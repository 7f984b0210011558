import Bytes

/// Links that wait to be tried. Bounded, and no node can fill it alone.
struct Candidates {
  private let limits: RouterLimits
  var all: [Candidate] = []

  init(limits: RouterLimits) { self.limits = limits }

  /// True if it was not there and is now. If there is no room, one that `isNeeded` takes the place
  /// of the costliest of those that fill no bucket.
  mutating func add(_ candidate: Candidate, isNeeded: Bool) -> Bool {
    guard !isFull || isNeeded else { return false }
    var sameParentCount = 0
    var refinementCount = 0
    for other in all {
      if other.isRefinement { refinementCount += 1 }
      guard other.id.parent == candidate.id.parent else { continue }
      if other.id == candidate.id { return false }
      sameParentCount += 1
    }
    if candidate.isRefinement, refinementCount >= limits.refinementCountMax { return false }
    let sameParentMax =
      candidate.isHint ? limits.hintCountMax : limits.candidateCountPerParentMax
    guard sameParentCount < sameParentMax else { return false }
    if isFull {
      guard let place = costliest else { return false }
      remove(at: place)
    }
    all.append(candidate)
    return true
  }

  /// The place of the costliest one of those that fill no bucket.
  private var costliest: Int? {
    var costliest: Int?
    for i in all.indices where !all[i].isAsked && all[i].rankedAt != 0 && !all[i].fillsBucket {
      if let other = costliest, all[other].rank >= all[i].rank { continue }
      costliest = i
    }
    return costliest
  }

  mutating func remove(_ id: Candidate.ID) -> Candidate? {
    guard let index = index(of: id) else { return nil }
    let candidate = all[index]
    remove(at: index)
    return candidate
  }

  @inline(never)
  mutating func remove(at place: Int) { all.remove(at: place) }

  private func index(of id: Candidate.ID) -> Int? {
    for i in all.indices where all[i].id == id { return i }
    return nil
  }

  mutating func removeAll(where isGone: (Candidate) -> Bool) { all.removeAll(where: isGone) }

  /// The place of the one of the least rank among those that are due, all ranked, and refine or do
  /// not; nil if none is to be tried.
  func best(refines: Bool, at now: Instant) -> Int? {
    var best: Int?
    var rank = UInt32.max
    for i in all.indices
    where all[i].rank < rank && !all[i].isAsked && all[i].dueAt <= now && all[i].refines == refines
    {
      best = i
      rank = all[i].rank
    }
    return best
  }

  /// The one at `place` is not tried before `time`, which is returned.
  @inline(never)
  mutating func rest(_ place: Int, until time: Instant) -> Instant {
    all[place].dueAt = time
    return time
  }

  var isFull: Bool { all.count >= limits.candidateCountMax }

  /// It did not answer: it is tried again later, at last forgotten. When it is tried again.
  mutating func failed(_ id: Candidate.ID, at now: Instant) -> Instant? {
    guard let index = index(of: id) else { return nil }
    all[index].isAsked = false
    all[index].failureCount += 1
    let failureCount = all[index].failureCount
    if failureCount >= limits.candidateFailureCountMax {
      remove(at: index)
      return nil
    }
    return rest(index, until: now + UInt64(500) << UInt64(2 * failureCount))
  }
}
