#if !APPLIANCE
  import Bytes

  /// The original's mean time to an answer (routing.md section 6): of the last 256 seconds, and
  /// of five seconds that nobody measured.
  struct ResponseMean: Sendable {
    private static var slotCount: Int { 256 }

    private var sums = [UInt64](repeating: 0, count: slotCount)
    private var counts = [UInt64](repeating: 0, count: slotCount)
    private var sum: UInt64 = 5000
    private var count: UInt64 = 1
    private var second: UInt64?

    mutating func add(_ milliseconds: UInt64, at now: Instant) {
      let current = now.milliseconds / 1000
      if let before = second, before < current {
        for passed in before + 1...min(current, before + UInt64(Self.slotCount)) {
          let slot = Int(passed % UInt64(Self.slotCount))
          sum -= sums[slot]
          count -= counts[slot]
          sums[slot] = 0
          counts[slot] = 0
        }
      } else if second == nil {
        // What nobody measured leaves with the first second.
        sums[Int(current % UInt64(Self.slotCount))] = sum
        counts[Int(current % UInt64(Self.slotCount))] = count
      }
      second = current
      let slot = Int(current % UInt64(Self.slotCount))
      sums[slot] += milliseconds
      counts[slot] += 1
      sum += milliseconds
      count += 1
    }

    var milliseconds: UInt64 { count == 0 ? 5000 : sum / count }

    /// Until a query counts as lost.
    var timeout: UInt64 { min(30_000, max(3000, milliseconds * 10)) }

    /// Until a search asks somebody else; `random` is anything.
    func searchTimeout(_ random: UInt64) -> UInt64 {
      let time = milliseconds * 4
      return min(10_000, max(10, time + random % max(1, time) / 2))
    }
  }
#endif
