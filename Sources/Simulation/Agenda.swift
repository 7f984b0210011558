import Bytes

/// Disturbances to come, in the order of time; those of one instant in the order of planning.
struct Agenda {
  // The next one last.
  private var entries: [(time: Instant, disturbance: Disturbance)] = []

  var nextTime: Instant { entries.last?.time ?? .never }

  mutating func insert(_ disturbance: Disturbance, at time: Instant) {
    var low = 0
    var high = entries.count
    while low < high {
      let middle = (low + high) / 2
      if entries[middle].time > time { low = middle + 1 } else { high = middle }
    }
    entries.insert((time, disturbance), at: low)
  }

  /// The first that is due, taken out.
  mutating func take(at now: Instant) -> Disturbance? {
    nextTime <= now ? entries.removeLast().disturbance : nil
  }
}
