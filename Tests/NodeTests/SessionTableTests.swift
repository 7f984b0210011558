import Bytes
import Cryptography
import Sessions
import Testing

@testable import Node

private func at(_ milliseconds: UInt64) -> Instant { Instant(milliseconds: milliseconds) }

@Suite struct SessionTableTests {
  let random = SeededEntropy(seed: 1)
  let identity = Identity.generate(SeededEntropy(seed: 2))

  private func address(_ number: UInt8) -> IPv6Address {
    var bytes = FixedBytes<16>()
    bytes[0] = 0xfc
    bytes[15] = number
    return IPv6Address(bytes)
  }

  private func session(
    _ table: borrowing SessionTable, _ number: UInt8, stranger: Bool = false, proven: Bool = true,
    at now: Instant
  ) -> EndToEndSession {
    let session = table.make(
      key: identity.publicKey, address: address(number), byStranger: stranger, at: now,
      entropy: random)
    if proven { session.supervision.heard(at: now) }
    return session
  }

  @Test func `sessions are found by address and by handle until they are removed`() {
    var table = SessionTable(
      identity: identity, capacity: 100, strangerCountMax: 10, entropy: random)
    var all: [EndToEndSession] = []
    for number in 0..<100 {
      let new = session(table, UInt8(number), at: at(UInt64(number)))
      #expect(table.insert(new, at: at(0)) == nil)
      #expect(new.receiveHandle >= 4 && new.receiveHandle != .max)
      all.append(new)
    }
    for (number, session) in all.enumerated() where number % 3 == 0 { table.remove(session) }
    for (number, session) in all.enumerated() {
      let isThere = number % 3 != 0
      #expect((table.find(address: session.address) === session) == isThere)
      #expect((table.find(handle: session.receiveHandle) === session) == isThere)
    }
    #expect(table.count == 66)
    #expect(table.find(address: address(200)) == nil)
    #expect(table.find(handle: 3) == nil)
  }

  @Test func `strangers displace each other, and nobody else`() {
    var table = SessionTable(
      identity: identity, capacity: 20, strangerCountMax: 4, entropy: random)
    for number in 0..<10 { table.insert(session(table, UInt8(number), at: at(10)), at: at(10)) }
    for number in 100..<200 {
      let stranger = session(
        table, UInt8(number), stranger: true, proven: false, at: at(UInt64(number)))
      table.insert(stranger, at: at(UInt64(number)))
    }
    #expect(table.count == 14)
    for number in 0..<10 { #expect(table.find(address: address(UInt8(number))) != nil) }
    for number in 196..<200 { #expect(table.find(address: address(UInt8(number))) != nil) }
  }

  @Test func `when it is full the abandoned go first, then the least recently used`() {
    var table = SessionTable(
      identity: identity, capacity: 4, strangerCountMax: 2, entropy: random)
    table.insert(session(table, 1, at: at(50)), at: at(50))
    table.insert(session(table, 2, at: at(20)), at: at(20))
    table.insert(session(table, 3, proven: false, at: at(95)), at: at(95))
    table.insert(session(table, 4, stranger: true, proven: false, at: at(90)), at: at(90))
    func gone(_ number: UInt8) -> UInt8? {
      table.insert(session(table, number, at: at(5000)), at: at(5000))?.address.bytes[15]
    }
    #expect(gone(5) == 4)
    #expect(gone(6) == 3)
    #expect(gone(7) == 2)
    #expect(gone(8) == 1)
  }

  @Test func `who has just begun can complete though the table is full`() {
    var table = SessionTable(
      identity: identity, capacity: 8, strangerCountMax: 2, entropy: random)
    for number in 0..<8 { table.insert(session(table, UInt8(number), at: at(10)), at: at(10)) }
    // Three queries of our own at the same time, and two of others.
    for number in 20..<25 {
      let begun = session(
        table, UInt8(number), stranger: number > 22, proven: false, at: at(100))
      #expect(table.insert(begun, at: at(100)).map { $0.address.bytes[15] < 8 } == true)
    }
    for number in 20..<25 { #expect(table.find(address: address(UInt8(number))) != nil) }
  }

  @Test func `a flood of strangers takes few places of a full table, and none of users`() {
    var table = SessionTable(
      identity: identity, capacity: 20, strangerCountMax: 5, entropy: random)
    for number in 0..<20 {
      let new = session(table, UInt8(number), at: at(10))
      new.supervision.sent(number < 10 ? .traffic : .question, at: at(20))
      table.insert(new, at: at(20))
    }
    for number in 100..<250 {
      let now = at(UInt64(100 * number))
      table.insert(
        session(table, UInt8(number), stranger: true, proven: false, at: now), at: now)
    }
    let left = (0..<20).filter { table.find(address: address(UInt8($0))) != nil }
    #expect(left.filter { $0 < 10 }.count == 10)
    #expect(left.count >= 15)
  }

  @Test func `sessions of users stay longer than those of the router`() {
    var table = SessionTable(
      identity: identity, capacity: 4, strangerCountMax: 2, entropy: random)
    for number in 0..<4 {
      let new = session(table, UInt8(number), at: at(10 + UInt64(number)))
      new.supervision.sent(number < 2 ? .traffic : .question, at: at(20 + UInt64(number)))
      table.insert(new, at: at(30))
    }
    func gone(_ number: UInt8) -> UInt8? {
      table.insert(session(table, number, at: at(100)), at: at(100))?.address.bytes[15]
    }
    #expect([gone(10), gone(11)] == [2, 3])
    #expect(table.find(address: address(0)) != nil && table.find(address: address(1)) != nil)
  }
}

@Suite struct EndToEndSupervisionTests {
  @Test func `what is sent and not answered is asked for, then asked for anew`() {
    var supervision = EndToEndSupervision(byStranger: false, at: at(0))
    supervision.heard(at: at(0))
    supervision.sent(at: at(1000))
    #expect(supervision.deadline == at(1700))
    #expect(supervision.step(at: at(1699)) == .nothing)
    #expect(supervision.step(at: at(1700)) == .attempt(0))
    #expect(supervision.step(at: at(1700)) == .nothing)
    supervision.sent(at: at(1900))
    #expect(supervision.step(at: at(2200)) == .attempt(1))
    #expect(supervision.step(at: at(2600)) == .attempt(2))
    supervision.heard(at: at(3300))
    #expect(supervision.deadline == at(123_300))
  }

  @Test func `nobody is asked for what nobody wants any more`() {
    var supervision = EndToEndSupervision(byStranger: false, at: at(0))
    supervision.heard(at: at(0))
    supervision.sent(at: at(1000))
    var attempts = 0
    while supervision.deadline < at(100_000) {
      if case .attempt = supervision.step(at: supervision.deadline) { attempts += 1 }
    }
    #expect((6...8).contains(attempts))
  }

  @Test func `what only asks whether somebody is there is no reason to ask again`() {
    var supervision = EndToEndSupervision(byStranger: false, at: at(0))
    supervision.sent(.question, at: at(1000))
    var attempts = 0
    var ended: UInt64 = 0
    for time in stride(from: UInt64(1000), to: 100_000, by: 100) where ended == 0 {
      switch supervision.step(at: at(time)) {
      case .attempt:
        attempts += 1
        supervision.sent(.probe, at: at(time))
      case .end: ended = time
      default: break
      }
    }
    #expect((6...8).contains(attempts))
    #expect((30_000...40_000).contains(ended))
  }

  @Test func `who the router asked in vain is searched for at once when users want it`() {
    var supervision = EndToEndSupervision(byStranger: false, at: at(10_000))
    for second in 10..<30 { supervision.sent(.question, at: at(UInt64(second) * 1000)) }
    var number = 0
    while supervision.deadline <= at(30_100) {
      if case .attempt(let count) = supervision.step(at: supervision.deadline) { number = count }
    }
    #expect(number > 10)
    let isDue = supervision.want(at: at(30_200))
    #expect(isDue)
    #expect(
      supervision.step(at: at(30_200)) == .attempt(EndToEndSupervision.searchFromAttempt))
    // Once: the next packets wait as long as others.
    let isDueAgain = supervision.want(at: at(30_300))
    #expect(!isDueAgain)
    #expect(supervision.step(at: at(30_600)) == .attempt(2))
  }

  @Test func `who is silent for minutes is tried each second, and searched for ever more seldom`() {
    var supervision = EndToEndSupervision(byStranger: false, at: at(0))
    supervision.heard(at: at(0))
    var attempts: [UInt64] = []
    var searches: [UInt64] = []
    for time in stride(from: UInt64(1000), to: 115_000, by: 100) {
      supervision.sent(at: at(time))
      while case .attempt(let number) = supervision.step(at: at(time)) {
        attempts.append(time)
        if EndToEndSupervision.searches(attempt: number, hasPath: true) { searches.append(time) }
      }
    }
    func count(_ times: [UInt64], _ seconds: Range<UInt64>) -> Int {
      times.count { seconds.contains($0 / 1000) }
    }
    #expect(count(attempts, 50..<110) == 60)
    #expect(count(searches, 0..<9) == 9)
    #expect(count(searches, 9..<49) == 6)
    #expect(count(searches, 49..<109) == 3)
    // Whoever has no path at all is not reached but by a search.
    #expect((100..<110).count { EndToEndSupervision.searches(attempt: $0, hasPath: false) } == 2)
    #expect(EndToEndSupervision.searches(attempt: 0, hasPath: false))
    #expect(!EndToEndSupervision.searches(attempt: 0, hasPath: true))
  }

  @Test func `an answer in the same moment asks for nothing`() {
    var supervision = EndToEndSupervision(byStranger: true, at: at(0))
    supervision.heard(at: at(500))
    supervision.sent(at: at(500))
    #expect(supervision.deadline == at(120_500))
  }

  @Test func `whether users are answered is looked at once, whatever else is heard`() {
    var supervision = EndToEndSupervision(byStranger: false, at: at(0))
    supervision.heard(at: at(0))
    supervision.sent(at: at(1000))
    supervision.watchUsers(since: at(1000), isServed: false)
    supervision.heard(at: at(1100))
    supervision.watchUsers(since: at(1200), isServed: false)
    // First, better paths are looked for.
    var due = supervision.deadline
    #expect(due == at(1200) && supervision.step(at: due) == .improve)
    #expect(supervision.step(at: due) == .nothing)
    due = supervision.deadline
    #expect(due < at(1500) && supervision.step(at: due) == .lookAtUsers)
    #expect(supervision.step(at: due) == .nothing)
  }

  @Test func `a path that has served is asked itself before others are`() {
    var supervision = EndToEndSupervision(byStranger: false, at: at(0))
    supervision.sent(at: at(1000))
    supervision.watchUsers(since: at(1000), isServed: true)
    #expect(supervision.step(at: at(1200)) == .improve)
    let due = supervision.deadline
    var actions = [supervision.step(at: due), supervision.step(at: due)]
    #expect(actions == [.lookAtUsers, .attempt(0)])
    // One that has not is not waited for so long.
    supervision = EndToEndSupervision(byStranger: false, at: at(0))
    supervision.sent(at: at(1000))
    supervision.watchUsers(since: at(1000), isServed: false)
    #expect(supervision.step(at: at(1200)) == .improve)
    actions = [supervision.step(at: supervision.deadline), supervision.step(at: due)]
    #expect(actions == [.lookAtUsers, .attempt(0)])
    #expect(supervision.usersPatience(isServed: false) < supervision.patience)
  }

  @Test func `as long as users talk, better paths are looked for, ever more seldom`() {
    var supervision = EndToEndSupervision(byStranger: false, at: at(0))
    var improved: [UInt64] = []
    // A packet and its answer every 100 ms, a pause, and again.
    let talks = [(1000 as UInt64..<20_000), (90_000..<92_000)]
    for talk in talks {
      for time in stride(from: talk.lowerBound, to: talk.upperBound, by: 100) {
        supervision.watchUsers(since: at(time), isServed: false)
        supervision.sent(at: at(time))
        supervision.heard(at: at(time + 50))
        while true {
          let action = supervision.step(at: at(time + 99))
          if action == .nothing { break }
          if action == .improve { improved.append(time / 1000) }
        }
      }
      // Nothing more is due when they have fallen silent, but one time.
      for time in talk.upperBound..<talk.upperBound + 20_000 {
        if supervision.step(at: at(time)) == .improve { improved.append(time / 1000) }
      }
    }
    #expect(improved == [1, 2, 5, 11, 22, 90, 91, 94])
  }

  @Test func `the time of the handshake is what the first packet may take`() {
    var supervision = EndToEndSupervision(byStranger: false, at: at(0))
    let isDue = supervision.want(at: at(100))
    #expect(isDue && supervision.step(at: at(100)) == .attempt(0))
    supervision.heard(at: at(300))
    #expect(supervision.patience == 400)
  }

  @Test func `who answers a HELLO does not forget the session at once`() {
    var supervision = EndToEndSupervision(byStranger: true, at: at(0))
    supervision.heard(at: at(1000))
    // The other side has forgotten it, and begins anew: a HELLO is not counted as heard.
    supervision.sent(.answer, at: at(120_900))
    #expect(supervision.step(at: at(121_000)) == .nothing)
    #expect(supervision.step(at: at(140_899)) == .nothing)
    #expect(supervision.step(at: at(140_900)) == .end)
  }

  @Test func `sessions end: unused, never completed, begun by strangers`() {
    var used = EndToEndSupervision(byStranger: false, at: at(0))
    used.heard(at: at(7000))
    #expect(used.step(at: at(126_999)) == .nothing)
    #expect(used.step(at: at(127_000)) == .end)
    var own = EndToEndSupervision(byStranger: false, at: at(0))
    #expect(own.step(at: at(30_000)) == .end)
    var stranger = EndToEndSupervision(byStranger: true, at: at(0))
    stranger.sent(.answer, at: at(10))
    #expect(stranger.step(at: at(20_000)) == .end)
    var wanted = EndToEndSupervision(byStranger: true, at: at(0))
    wanted.sent(at: at(19_900))
    #expect(wanted.step(at: at(20_000)) == .nothing)
  }

  @Test(arguments: [true, false])
  func `hints hasten one attempt and no more`(keysAreLost: Bool) {
    var supervision = EndToEndSupervision(byStranger: false, at: at(0))
    supervision.heard(at: at(0))
    supervision.hint(keysAreLost: keysAreLost, at: at(10))
    #expect(supervision.step(at: at(10)) == .nothing)
    supervision.sent(at: at(100))
    for _ in 0..<100 { supervision.hint(keysAreLost: keysAreLost, at: at(101)) }
    #expect(supervision.step(at: at(101)) == .attempt(keysAreLost ? 1 : 0))
    for _ in 0..<100 { supervision.hint(keysAreLost: keysAreLost, at: at(102)) }
    #expect(supervision.step(at: at(102)) == .nothing)
  }
}

@Suite struct EndToEndPathsTests {
  @Test func `the best is used, the worst is displaced, the dead are gone`() {
    var paths = EndToEndPaths(follows: false)
    paths.add(0x153, .table, price: 2048, at: at(0))
    #expect(paths.best?.label == 0x153)
    paths.add(0x1333, .answered, price: 3072, at: at(0))
    #expect(paths.best?.label == 0x1333)
    paths.add(0x13, .peer, price: 1024, at: at(0))
    #expect(paths.best?.label == 0x13)
    paths.add(0x15555, .hearsay, price: 4096, at: at(0))
    #expect(!paths.contains(0x15555))
    paths.add(0x1335, .answered, price: 3072, at: at(0))
    #expect(paths.contains(0x1335) && !paths.contains(0x153))
    paths.remove(0x13, at: at(0))
    #expect(paths.best?.label == 0x1333 || paths.best?.label == 0x1335)
    paths.removeAll(at: at(0)) { _ in true }
    #expect(paths.best == nil && paths.count == 0)
  }

  @Test func `suspects have their turn one after the other`() {
    var paths = EndToEndPaths(follows: false)
    for label: UInt64 in [0x13, 0x15, 0x17] { paths.add(label, .answered, price: 1024, at: at(0)) }
    var tried: Set<UInt64> = []
    for round in 1...6 {
      tried.insert(paths.best!.label)
      paths.suspectBest(at: at(UInt64(1000 * round)))
    }
    #expect(tried.count == 3)
    let isInUse = paths.heard(0x15, at: at(9000))
    #expect(!isInUse)
    paths.add(0x15, .incoming, price: 1024, at: at(9000))
    #expect(paths.best?.label == 0x15 && paths.best?.isSuspect == false)
  }

  @Test func `when all are asked, the one that answers is used`() {
    var paths = EndToEndPaths(follows: false)
    paths.add(0x13, .answered, price: 1024, at: at(0))
    paths.add(0x135, .answered, price: 2048, at: at(0))
    paths.add(0x13333, .answered, price: 4096, at: at(0))
    paths.doubtAll(since: at(1000), at: at(1000))
    #expect(paths.best?.label == 0x13)
    paths.add(0x13333, .answered, price: 4096, at: at(500))
    #expect(paths.best?.label == 0x13333)
  }

  @Test func `a path that nothing came along waits when a handshake was answered along another`() {
    var paths = EndToEndPaths(follows: false)
    paths.add(0x15, .table, price: 1000, at: at(0))
    paths.add(0x115, .incoming, price: 90_000, at: at(100))
    #expect(paths.best?.label == 0x15)
    paths.opened(along: 0x115, at: at(100))
    #expect(paths.best?.label == 0x115)
    // If that one fails it has its turn, and if it is answered it is the better one.
    paths.doubtAll(since: at(150), at: at(150))
    paths.suspectBest(at: at(200))
    #expect(paths.best?.label == 0x15)
    paths.add(0x115, .answered, price: 90_000, at: at(250))
    #expect(paths.best?.label == 0x115)
    paths.add(0x15, .answered, price: 1000, at: at(300))
    #expect(paths.best?.label == 0x15)
    // What was answered before stays.
    paths.opened(along: 0x115, at: at(400))
    #expect(paths.best?.label == 0x15)
  }

  @Test func `where packets come from is remembered when nothing comes along the path in use`() {
    var paths = EndToEndPaths(follows: false)
    for label: UInt64 in [0x13, 0x15, 0x17] { paths.add(label, .answered, price: 1024, at: at(0)) }
    paths.add(0x13333, .incoming, price: 9216, at: at(500))
    #expect(!paths.contains(0x13333))
    paths.add(0x13333, .incoming, price: 9216, at: at(800))
    #expect(paths.contains(0x13333))
  }

  @Test func `a recorded handshake does not turn traffic to the path it came along`() {
    var paths = EndToEndPaths(follows: false)
    paths.add(0x1333, .incoming, price: 3072, at: at(0))
    for round in 0..<1000 {
      paths.add(0x15, .hearsay, price: 1024, at: at(UInt64(100 * round)))
    }
    #expect(paths.best?.label == 0x1333)
  }

  @Test func `a quick path is used though its label is longer, once it has proven itself`() {
    var paths = EndToEndPaths(follows: false)
    paths.add(0x133, .answered, price: 4096, at: at(0))
    paths.add(0x1_3333, .table, price: 3072, at: at(1000))
    #expect(paths.best?.label == 0x133)
    #expect(paths.wants(0x1_3333))
    paths.add(0x1_3333, .answered, price: 3072, at: at(1100))
    #expect(paths.best?.label == 0x1_3333)
    #expect(!paths.wants(0x133))
    // What the other side uses is taken only if it is better.
    paths.add(0x133, .incoming, price: 4096, at: at(1200))
    #expect(paths.best?.label == 0x1_3333)
  }

  @Test func `what the other side prefers is asked how long it takes`() {
    var paths = EndToEndPaths(follows: false)
    paths.add(0x133, .answered, price: 4096, milliseconds: 80, at: at(0))
    #expect(!paths.isUntimed(0x133))
    paths.add(0x1_3333, .incoming, price: 3072, at: at(100))
    #expect(paths.best?.label == 0x1_3333 && paths.isUntimed(0x1_3333))
    // What looks worse is not worth a question.
    paths.add(0x15, .incoming, price: 9216, at: at(100))
    #expect(!paths.isUntimed(0x15))
    paths.add(0x1_3333, .answered, price: 8192, milliseconds: 300, at: at(400))
    #expect(paths.best?.label == 0x133 && !paths.isUntimed(0x1_3333))
    #expect(paths.milliseconds(of: 0x1_3333) == 300 && paths.milliseconds(of: 0x17) == .max)
  }

  @Test func `a path is asked when answers come along another, and left when it is silent`() {
    var paths = EndToEndPaths(follows: false)
    paths.add(0x133, .answered, price: 2048, at: at(0))
    var questions: [UInt64] = []
    for time in stride(from: UInt64(100), through: 10_000, by: 100) {
      paths.add(0x1333, .incoming, price: 9216, at: at(time))
      if paths.needsQuestion(patience: 500, at: at(time)) {
        questions.append(time)
        if questions.count == 1 {
          paths.add(0x133, .answered, price: 2048, at: at(time + 50))
        }
      }
      #expect((paths.best?.label == 0x133) == (time < 2000))
    }
    #expect(questions == [700, 1500])
  }
}

@Suite struct FollowingTests {
  @Test func `of two about equal paths, one side takes that of the other`() {
    for follows in [false, true] {
      var paths = EndToEndPaths(follows: follows)
      paths.add(0x133, .answered, price: 2048, at: at(0))
      for time in 1...20 {
        paths.add(0x135, .incoming, price: 2200, at: at(UInt64(100 * time)))
        paths.add(0x133, .answered, price: 2048, at: at(UInt64(100 * time)))
      }
      #expect((paths.best?.label == 0x135) == follows)
      paths.add(0x13333, .incoming, price: 4096, at: at(2100))
      #expect(paths.best?.label == 0x133)
    }
  }
}

@Suite struct WaitingPacketsTests {
  private let pool = FramePool(frameCount: 20)

  private func address(_ number: Int) -> IPv6Address {
    var bytes = FixedBytes<16>()
    bytes[0] = UInt8(number)
    return IPv6Address(bytes)
  }

  private func hold(
    _ waiting: inout WaitingPackets, _ number: Int, for destination: Int, at now: Instant
  ) -> Bool {
    guard var frame = pool.take() else { return false }
    frame.append([UInt8(number)].span)
    return waiting.hold(frame, for: address(destination), at: now)
  }

  private func take(_ waiting: inout WaitingPackets, for destination: Int) -> UInt8? {
    guard let frame = waiting.take(for: address(destination)) else { return nil }
    return frame.span[0]
  }

  @Test func `few wait for each destination, not many in all, and none for long`() {
    var waiting = WaitingPackets(capacity: 6, perDestinationMax: 3, milliseconds: 1000)
    var pushedOut = 0
    for number in 0..<10
    where hold(&waiting, number, for: number % 5, at: at(UInt64(number))) { pushedOut += 1 }
    let count = waiting.count
    #expect(count == 6 && pushedOut == 4)
    #expect(pool.availableCount == 14)
    let deadline = waiting.deadline
    #expect(deadline == at(1004))
    let first = take(&waiting, for: 1)
    #expect(first == 6)
    var expired = 0
    while true {
      guard let frame = waiting.takeExpired(at: at(1008)) else { break }
      expired += frame.count
    }
    #expect(expired == 4)
    for number in 0..<5 { _ = hold(&waiting, number, for: 1, at: at(2000 + UInt64(number))) }
    let left = waiting.count
    #expect(left == 4)
  }
}
