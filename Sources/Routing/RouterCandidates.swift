import Bytes
import Switching

// Which of the links that somebody listed is tried first, and which are of no use any more.

extension Router {
  /// The place of the candidate to be tried first: the one that is nearest, among those that are
  /// refinements or among those that are not.
  mutating func dueCandidate(isRefinement: Bool, at now: Instant) -> Int? {
    guard (isRefinement ? refinementsDueAt : candidatesDueAt) <= now else { return nil }
    let restEnd = now + limits.candidateRestMilliseconds
    var dueAt = Instant.never
    for i in candidates.all.indices {
      // What is cheap to know is looked at first.
      let candidate = candidates.all[i]
      guard !candidate.isAsked, candidate.isRefinement || !isRefinement,
        candidate.dueAt <= now || candidate.dueAt < dueAt
      else { continue }
      if candidate.rankedAt != table.changeCount { rank(i) }
      guard candidates.all[i].refines == isRefinement else { continue }
      if candidate.dueAt > now {
        dueAt = candidate.dueAt
      } else if candidates.all[i].rank == .max {
        dueAt = min(dueAt, candidates.rest(i, until: restEnd))
      }
    }
    var found: Int?
    while let best = candidates.best(refines: isRefinement, at: now) {
      let candidate = candidates.all[best]
      if isUseless(candidate) {
        candidates.remove(at: best)
      } else if path(to: candidate) == .unreachable {
        dueAt = min(dueAt, candidates.rest(best, until: restEnd))
      } else {
        found = best
        dueAt = now
        break
      }
    }
    if isRefinement { refinementsDueAt = dueAt } else { candidatesDueAt = dueAt }
    return found
  }

  /// Looks in the table what the candidate at `place` is worth now.
  @inline(never)
  private mutating func rank(_ place: Int) {
    let candidate = candidates.all[place]
    let parent = table.index(of: candidate.id.parent) ?? 0
    let cost = table.cost(through: parent, to: candidate.id.label)
    candidates.all[place].found(
      cost: cost, refines: isRefinement(candidate), fillsBucket: fillsBucket(candidate),
      after: table.changeCount)
  }

  /// True if the candidate is of a part of the key space of which few nodes are known.
  private func fillsBucket(_ candidate: Candidate) -> Bool {
    table.count(inBucket: Distance(address, candidate.id.child).bucket) < limits.bucketSize
      && table.index(of: candidate.id.child) == nil
  }

  /// True if the candidate is no more than that as long as the node can be reached otherwise.
  private func isRefinement(_ candidate: Candidate) -> Bool {
    guard candidate.isRefinement else { return false }
    return table.index(of: candidate.id.child).map { table[$0].isReachable } ?? false
  }

  /// Enters a candidate; false if it is one already, or there is no room. In a network larger than
  /// the table there is none most of the time, but for those of which the table has too few.
  mutating func enter(_ candidate: Candidate, at now: Instant) -> Bool {
    if candidates.isFull, purgeAt <= now {
      purgeAt = now + limits.candidateRestMilliseconds
      dropUselessCandidates()
    }
    let isNeeded = candidates.isFull && fillsBucket(candidate)
    guard candidates.add(candidate, isNeeded: isNeeded) else { return false }
    noteDue(candidate.dueAt)
    return true
  }

  /// A candidate may be tried at `time`.
  mutating func noteDue(_ time: Instant) {
    candidatesDueAt = min(candidatesDueAt, time)
    refinementsDueAt = min(refinementsDueAt, time)
  }

  func path(to candidate: Candidate) -> Label {
    if candidate.isHint { return candidate.id.label }
    guard let parent = table.index(of: candidate.id.parent) else { return .unreachable }
    return table.path(through: parent, to: candidate.id.label)
  }

  /// Forgets candidates that have become of no use since they were listed.
  private mutating func dropUselessCandidates() {
    for i in candidates.all.indices.reversed()
    where !candidates.all[i].isAsked && isUseless(candidates.all[i]) {
      candidates.remove(at: i)
    }
  }

  @inline(never)
  private func isUseless(_ candidate: Candidate) -> Bool {
    guard let parent = table.index(of: candidate.id.parent) else { return true }
    guard let child = table.index(of: candidate.id.child) else {
      return !table.wants(
        candidate.id.child, cost: table.cost(through: parent, to: candidate.id.label))
    }
    return candidate.isHint && table[child].isReachable
      || !table.wantsLink(from: parent, label: candidate.id.label, to: child)
  }
}
