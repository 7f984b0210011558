import Bytes

/// Links that wait to be tried. Bounded, and no node can fill it alone.
struct Candidates {
  private let limits: RouterLimits
  private(set) var all: [Candidate] = []

  init(limits: RouterLimits) { self.limits = limits }

  /// True if it was not there and is now.
  mutating func add(_ candidate: Candidate) -> Bool {
    var sameParentCount = 0
    for other in all {
      if other.id == candidate.id { return false }
      if other.id.parent == candidate.id.parent { sameParentCount += 1 }
    }
    let sameParentMax =
      candidate.isHint ? limits.hintCountMax : limits.candidateCountPerParentMax
    guard all.count < limits.candidateCountMax, sameParentCount < sameParentMax else {
      return false
    }
    all.append(candidate)
    return true
  }

  mutating func remove(_ id: Candidate.ID) -> Candidate? {
    guard let index = all.firstIndex(where: { $0.id == id }) else { return nil }
    return all.remove(at: index)
  }

  mutating func removeAll(where isGone: (Candidate) -> Bool) { all.removeAll(where: isGone) }

  mutating func markAsked(_ id: Candidate.ID) {
    guard let index = all.firstIndex(where: { $0.id == id }) else { return }
    all[index].isAsked = true
  }

  /// It did not answer: it is tried again later, at last forgotten.
  mutating func failed(_ id: Candidate.ID, at now: Instant) {
    guard let index = all.firstIndex(where: { $0.id == id }) else { return }
    all[index].isAsked = false
    all[index].failureCount += 1
    let count = all[index].failureCount
    if count >= limits.candidateFailureCountMax {
      all.remove(at: index)
    } else {
      all[index].dueAt = now + UInt64(1000) << UInt64(2 * count - 1)
    }
  }
}
