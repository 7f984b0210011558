import Bytes
import Peering

/// How neighbours are measured, found and supervised.
enum PeeringVectors {
  /// links-kbps.json: each step is a time, a number of bytes (−1: only read) and the rate.
  static func rates(_ json: JSON, _ report: inout Report) {
    let runs = json["runs"].items
    for (number, run) in runs.enumerated() {
      var meter = RateMeter()
      var ok = !run.items.isEmpty
      // The recorded clock has 32 bits and goes round in one of the runs; ours has 64.
      var wrapped: UInt64 = 0
      var last: UInt64 = 0
      for step in run.items {
        guard let time = step[0].uint, let byteCount = step[1].int, let rate = step[2].uint else {
          ok = false
          break
        }
        if last > time, last - time > 1 << 31 { wrapped += 1 << 32 }
        last = time
        let now = Instant(milliseconds: wrapped + time)
        meter.add(Int(max(0, byteCount)), at: now)
        if UInt64(meter.rate(at: now)) != rate { ok = false }
      }
      report.expect(ok, "run", number)
    }
    report.finish(casesInFile: runs.count)
  }
}
