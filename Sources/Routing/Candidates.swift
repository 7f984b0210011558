import Bytes

/// Links that wait to be tried. Bounded, and no node can fill it alone.
struct Candidates {
  private let limits: RouterLimits
  private(set) var all: [Candidate] = []

  init(limits: RouterLimits) { self.limits = limits }

  /// True if it was not there and is now.
  mutating func add(_ candidate: Candidate) -> Bool {
    var sameParentCount = 0
    var refinementCount = 0
    for other in all {
      if other.id == candidate.id { return false }
      if other.id.parent == candidate.id.parent { sameParentCount += 1 }
      if other.isRefinement { refinementCount += 1 }
    }
    if candidate.isRefinement, refinementCount >= limits.refinementCountMax { return false }
    let sameParentMax =
      candidate.isHint ? limits.hintCountMax : limits.candidateCountPerParentMax
    guard all.count < limits.candidateCountMax, sameParentCount < sameParentMax else {
      return false
    }
    all.append(candidate)
    return true
  }

  mutating func remove(_ id: Candidate.ID) -> Candidate? {
    guard let index = index(of: id) else { return nil }
    return all.remove(at: index)
  }

  private func index(of id: Candidate.ID) -> Int? {
    for i in all.indices where all[i].id == id { return i }
    return nil
  }

  mutating func removeAll(where isGone: (Candidate) -> Bool) { all.removeAll(where: isGone) }

  var isFull: Bool { all.count >= limits.candidateCountMax }

  /// It did not answer: it is tried again later, at last forgotten. When it is tried again.
  mutating func failed(_ id: Candidate.ID, at now: Instant) -> Instant? {
    guard let index = index(of: id) else { return nil }
    let candidate = all[index]
    candidate.isAsked = false
    candidate.failureCount += 1
    if candidate.failureCount >= limits.candidateFailureCountMax {
      all.remove(at: index)
      return nil
    }
    candidate.dueAt = now + UInt64(500) << UInt64(2 * candidate.failureCount)
    return candidate.dueAt
  }
}
