import Bytes
import Testing

@testable import Peering

@Suite struct RateMeterTests {
  @Test func `a steady stream is measured as what it is`() {
    var meter = RateMeter()
    var rate: UInt32 = 0
    for time in stride(from: 0, to: 5000, by: 10) {
      let now = Instant(milliseconds: UInt64(time))
      meter.add(1250, at: now)
      rate = meter.rate(at: now)
    }
    // 125 kB/s are 1000 kbit/s; the slots cover a little more or less than what is divided by.
    #expect((880...1024).contains(rate))
  }

  @Test func `a pause empties it, a clock that goes back does not`() {
    var meter = RateMeter()
    meter.add(12_800, at: Instant(milliseconds: 1000))
    #expect(meter.rate(at: Instant(milliseconds: 900)) == 100)
    #expect(meter.rate(at: Instant(milliseconds: 2025)) == 0)
    meter.add(.max, at: Instant(milliseconds: 2025))
    meter.add(.max, at: Instant(milliseconds: 2025))
  }
}
