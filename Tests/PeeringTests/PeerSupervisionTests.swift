import Bytes
import Cryptography
import Testing

@testable import Peering

@Suite struct PeerSupervisionTests {
  private typealias Action = PeerSupervision.Action

  /// What it asks for until `end`, each with its time, if nothing is ever heard.
  private func timeline(
    _ supervision: inout PeerSupervision, from start: UInt64 = 0, to end: UInt64
  ) -> [(time: UInt64, action: PeerSupervision.Action)] {
    var result: [(UInt64, PeerSupervision.Action)] = []
    let random = SeededEntropy(seed: 9)
    while supervision.deadline.milliseconds <= end {
      let now = max(supervision.deadline, Instant(milliseconds: start))
      let action = supervision.step(.timePassed, at: now, random: random.randomUInt32())
      if action != .nothing { result.append((now.milliseconds, action)) }
      if action == .forget { break }
    }
    return result
  }

  @Test func `a configured peer that never answers is tried for ever and lost once`() {
    var supervision = PeerSupervision(role: .opener, at: Instant(milliseconds: 0))
    let log = timeline(&supervision, to: 3_600_000)
    let lost = log.filter { $0.action == .lost }
    #expect(lost.count == 1)
    #expect((20_480...21_600).contains(lost[0].time))
    #expect(log.filter { $0.time < 20_000 }.count >= 17)
    #expect(!log.contains { $0.action == .forget })
    for (earlier, later) in zip(log, log.dropFirst()) {
      #expect(later.time - earlier.time <= 8800)
    }
    #expect(log.count < 800)
  }

  @Test func `one that came in and proved nothing is told nothing and forgotten after 10 s`() {
    var supervision = PeerSupervision(role: .candidate, at: Instant(milliseconds: 0))
    let log = timeline(&supervision, to: 3_600_000)
    #expect(log.map(\.action) == [.forget])
    #expect(log[0].time == 10_000)
  }

  @Test func `one known from a beacon is forgotten after 10 s if it does not answer`() {
    var supervision = PeerSupervision(role: .tentativeOpener, at: Instant(milliseconds: 0))
    let log = timeline(&supervision, to: 3_600_000)
    #expect(log.last?.action == .forget)
    #expect((10_000...11_100).contains(log.last!.time))
  }

  @Test func `an incoming peer is pinged after 3 s, lost after 20 s, forgotten after 262 s`() {
    var supervision = PeerSupervision(role: .candidate, at: Instant(milliseconds: 0))
    #expect(supervision.step(.heard, at: Instant(milliseconds: 0)) == .nothing)
    _ = supervision.step(.measured(10), at: Instant(milliseconds: 0))
    #expect(supervision.phase == .alive)
    let log = timeline(&supervision, to: 3_600_000)
    #expect((2800...3072).contains(log[0].time))
    #expect(log[0].action == .ping)
    let lost = log.first { $0.action == .lost }
    #expect((20_480...21_600).contains(lost!.time))
    #expect(log.last?.action == .forget)
    #expect((262_144...267_000).contains(log.last!.time))
    #expect(!log.contains { $0.action == .reopen || $0.action == .pingAndReopen })
  }

  @Test func `what was sent and not answered is asked for, and then a new session begins`() {
    var supervision = PeerSupervision(role: .opener, at: Instant(milliseconds: 0))
    _ = supervision.step(.heard, at: Instant(milliseconds: 1000))
    _ = supervision.step(.measured(20), at: Instant(milliseconds: 1000))
    for time in stride(from: 1010, to: 1800, by: 100) {
      _ = supervision.step(.sent, at: Instant(milliseconds: UInt64(time)))
    }
    let log = timeline(&supervision, to: 4000)
    #expect(log[0].action == .ping)
    #expect(log[0].time == 1810)
    #expect(log[1].action == .pingAndReopen)
    #expect(log[1].time == 2410)
    #expect(log[2].time <= 3510)
  }

  @Test func `a peer that is heard is pinged only to be measured`() {
    var supervision = PeerSupervision(role: .opener, at: Instant(milliseconds: 0))
    var pings = 0
    for time in stride(from: 0, to: 100_000, by: 100) {
      let now = Instant(milliseconds: UInt64(time))
      _ = supervision.step(.heard, at: now)
      _ = supervision.step(.sent, at: now)
      let action = supervision.step(.timePassed, at: now)
      #expect(action == .nothing || action == .ping)
      if action == .ping {
        pings += 1
        _ = supervision.step(.measured(5), at: now)
      }
    }
    #expect((8...12).contains(pings))
  }

  @Test func `a version that is not known is asked for each second`() {
    var supervision = PeerSupervision(role: .listener, at: Instant(milliseconds: 0))
    var pings = 0
    for time in stride(from: 0, to: 10_000, by: 100) {
      let now = Instant(milliseconds: UInt64(time))
      _ = supervision.step(.heard, at: now)
      if supervision.step(.timePassed, at: now) == .ping { pings += 1 }
    }
    #expect((8...11).contains(pings))
  }

  @Test func `an unresponsive peer is alive again with the first packet`() {
    var supervision = PeerSupervision(role: .opener, at: Instant(milliseconds: 0))
    _ = timeline(&supervision, to: 30_000)
    #expect(supervision.phase == .unresponsive)
    _ = supervision.step(.heard, at: Instant(milliseconds: 30_001))
    #expect(supervision.phase == .alive)
  }

  @Test(arguments: 1...40)
  func `no order of events makes it stall, spin or lose a deadline`(seed: Int) {
    let random = SeededEntropy(seed: UInt64(seed))
    let roles: [PeerSupervision.Role] = [.opener, .tentativeOpener, .candidate, .listener]
    var now = Instant(milliseconds: random.random(below: 10_000))
    var supervision = PeerSupervision(role: roles[seed % 4], at: now)
    for _ in 0..<5000 {
      now = now + random.random(below: 3000)
      switch random.random(below: 40) {
      case 0..<8: _ = supervision.step(.heard, at: now, random: random.randomUInt32())
      case 8..<20: _ = supervision.step(.sent, at: now)
      case 20..<24: _ = supervision.step(.measured(random.random(below: 5000)), at: now)
      case 24: _ = supervision.step(.reset, at: now)
      case 25: _ = supervision.step(.answered, at: now)
      case 26 where seed % 7 == 0: _ = supervision.step(.incompatible(learned: true), at: now)
      default:
        var steps = 0
        while supervision.deadline <= now {
          let action = supervision.step(.timePassed, at: now, random: random.randomUInt32())
          if action == .forget { return }
          steps += 1
          #expect(steps <= 4)
          if steps > 4 { return }
        }
      }
      #expect(supervision.phase == .quarantined || supervision.deadline <= now + 10_300)
    }
  }
}
