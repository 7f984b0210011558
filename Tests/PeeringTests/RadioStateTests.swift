import Testing

@testable import Peering

@Suite struct RadioStateTests {
  private func airtime(
    bitRate: UInt32 = 0, throughput: UInt32 = 0, sent: UInt32 = 0, retries: UInt32 = 0,
    failed: UInt32 = 0
  ) -> UInt32 {
    RadioState(
      signal: -50, bitRate: bitRate, throughput: throughput, sent: sent, retries: retries,
      failed: failed
    ).airtime
  }

  @Test func `what the driver expects goes before what is computed`() {
    #expect(airtime(throughput: 11_200) == 1000)
    #expect(airtime(bitRate: 54_000, throughput: 11_200, sent: 9, failed: 9) == 1000)
  }

  @Test func `a faster rate takes less, what is sent again more, what is lost more yet`() {
    #expect(airtime(bitRate: 56_000) == 400)
    #expect(airtime(bitRate: 5600) == 2200)
    #expect(airtime(bitRate: 56_000, sent: 99, retries: 100) == 800)
    #expect(airtime(bitRate: 56_000, sent: 99, retries: 100, failed: 50) == 1600)
  }

  @Test func `no number is too large, and nothing is known of nothing`() {
    #expect(airtime() == 0)
    #expect(airtime(throughput: .max) == 0)
    #expect(airtime(bitRate: .max) == 200)
    #expect(airtime(bitRate: 1, sent: .max, retries: .max, failed: .max) == .max)
    // A driver that gives up what it never sent.
    #expect(airtime(bitRate: 56_000, sent: 1, failed: .max) == 800)
  }
}
