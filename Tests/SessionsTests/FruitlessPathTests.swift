import Bytes
import Testing

@testable import Sessions

/// Paths that let through what routers say, but not users' packets.
@Suite struct FruitlessPathTests {
  private let good: UInt64 = 0x1333
  private let bad: UInt64 = 0x133

  private func at(_ milliseconds: UInt64) -> Instant { Instant(milliseconds: milliseconds) }

  /// Two paths; the cheaper one is in use.
  private func paths(follows: Bool = false) -> EndToEndPaths {
    var paths = EndToEndPaths(follows: follows)
    paths.add(bad, .answered, price: 2048, at: at(1000))
    paths.add(good, .answered, price: 4096, at: at(1000))
    return paths
  }

  /// A user's packet leaves at `time`, the one before left at `last`.
  private func send(_ paths: inout EndToEndPaths, _ time: UInt64, last: UInt64) -> Bool {
    paths.sendOfUser(last: at(last), patience: 300, at: at(time)) == .judged
  }

  /// A user's packet came along `label`; what the session with it does.
  private func hear(_ paths: inout EndToEndPaths, _ label: UInt64, _ time: UInt64, last: UInt64) {
    if !paths.heardOfUser(label, at: at(time)) {
      _ = paths.judge(other: label, last: at(last), patience: 300, at: at(time))
    }
  }

  /// A question along the cheaper path was answered.
  private func answer(_ paths: inout EndToEndPaths, _ time: UInt64) {
    if !paths.heard(bad, at: at(time)) { paths.add(bad, .incoming, price: 2048, at: at(time)) }
  }

  @Test func `a path that answers questions, and only these, is left`() {
    var paths = paths()
    #expect(!send(&paths, 1000, last: 0))
    answer(&paths, 1300)
    #expect(!send(&paths, 1400, last: 1000))
    #expect(paths.best?.label == bad)
    #expect(send(&paths, 1500, last: 1400))
    #expect(paths.best?.label == good)
    // Questions that are answered do not bring it back.
    for time in stride(from: UInt64(2100), to: 11_000, by: 100) {
      answer(&paths, time)
      #expect(paths.best?.label == good && !paths.wants(bad))
      _ = send(&paths, time, last: time - 100)
      hear(&paths, good, time + 50, last: time)
    }
  }

  @Test func `the first packet is waited for less long than others, whichever path is in use`() {
    var paths = paths()
    func waits(_ time: UInt64, patience: UInt64) -> Bool {
      paths.isWaiting(patience: patience, at: at(time))
    }
    #expect(!waits(5000, patience: 300))
    #expect(paths.sendOfUser(last: at(0), patience: 300, at: at(1000)) == .keep)
    #expect(!waits(1299, patience: 300) && waits(1300, patience: 300))
    #expect(!waits(1499, patience: 900) && waits(1500, patience: 900))
    // The path is left, because a cheaper one was found: it is waited for as before.
    paths.add(0x13333, .answered, price: 1024, at: at(1200))
    #expect(paths.best?.label == 0x13333 && paths.usersWaitSince == .never)
    #expect(paths.usersWaitAnywhereSince == at(1000))
    #expect(!waits(1299, patience: 300) && waits(1300, patience: 300))
    paths.copies(along: good)
    #expect(paths.copied.count == 1 && paths.copied[0] == good)
    hear(&paths, bad, 1600, last: 1000)
    #expect(!waits(5000, patience: 300) && paths.usersWaitAnywhereSince == .never)
    // What went along a path then says nothing about it later.
    #expect(paths.copied.count == 0)
    _ = paths.sendOfUser(last: at(4900), patience: 300, at: at(5000))
    #expect(!waits(5499, patience: 300) && waits(5500, patience: 300))
  }

  @Test func `a path that is silent is not judged: others are asked`() {
    var paths = paths()
    _ = send(&paths, 1001, last: 0)
    for time in stride(from: UInt64(1500), to: 9000, by: 500) {
      #expect(!send(&paths, time, last: time - 500))
    }
    #expect(paths.best?.label == bad)
  }

  @Test func `the last packet of a conversation wants no answer`() {
    var paths = paths()
    _ = send(&paths, 1001, last: 0)
    hear(&paths, bad, 1100, last: 1001)
    // The last one, and a question that was answered after it.
    _ = send(&paths, 1200, last: 1001)
    answer(&paths, 2000)
    for time: UInt64 in [4000, 120_000] {
      _ = send(&paths, time, last: 1200)
      #expect(paths.best?.label == bad)
      hear(&paths, bad, time + 100, last: time)
      _ = send(&paths, time + 200, last: time)
      answer(&paths, time + 1000)
    }
  }

  @Test func `a path that has served is left when it does so no more`() {
    var paths = paths()
    _ = send(&paths, 1001, last: 0)
    hear(&paths, bad, 1100, last: 1001)
    var leftAt: UInt64?
    for time in stride(from: UInt64(1200), to: 5000, by: 100) {
      answer(&paths, time)
      _ = send(&paths, time, last: time - 100)
      if paths.best?.label == good, leftAt == nil { leftAt = time }
    }
    #expect(leftAt == 2200)
  }

  @Test func `where one side alone talks, its paths have their turns, and ever longer rest`() {
    var paths = paths()
    var moves: [UInt64] = []
    for time in stride(from: UInt64(1000), to: 100_000, by: 100) {
      let before = paths.best?.label
      for label in [bad, good] where !paths.heard(label, at: at(time)) {
        paths.add(label, .incoming, price: label == bad ? 2048 : 4096, at: at(time))
      }
      _ = send(&paths, time, last: time - 100)
      if paths.best?.label != before { moves.append(time) }
    }
    #expect(moves.count <= 10)
    #expect(moves.count >= 4)
    #expect(paths.best?.label == bad)
  }

  /// Each side uses a path of its own, and only one of the two lets users' packets through.
  @Test(arguments: [false, true])
  func `answers take the way that the question took`(follows: Bool) {
    var paths = paths(follows: follows)
    var movedAt: UInt64?
    for time in stride(from: UInt64(1000), to: 6000, by: 200) {
      if !paths.heard(good, at: at(time)) {
        paths.add(good, .incoming, price: 4096, at: at(time))
      }
      hear(&paths, good, time, last: time)
      answer(&paths, time)
      _ = send(&paths, time, last: time - 200)
      if paths.best?.label == good, movedAt == nil { movedAt = time }
    }
    #expect(movedAt == (follows ? 1600 : 2000))
    #expect(paths.best?.label == good)
  }

  @Test func `what is fruitless is known to be, even when it had to make room and comes again`() {
    var paths = paths()
    #expect(!send(&paths, 1000, last: 0))
    answer(&paths, 1300)
    #expect(send(&paths, 1500, last: 1000))
    for label in [good + 1, good + 2] {
      paths.add(label, .answered, price: 1000, at: at(1600))
    }
    #expect(!paths.contains(bad) && paths.fruitless.contains(bad))
    // It costs least, and is of no use.
    paths.add(bad, .answered, price: 10, at: at(1700))
    #expect(!paths.contains(bad) && paths.best?.label != bad)
  }

  @Test func `a path that makes room while users wait is not new when it comes again`() {
    var paths = paths()
    _ = send(&paths, 1000, last: 0)
    paths.add(good + 1, .answered, price: 100, at: at(1100))
    paths.suspectBest(at: at(1200))
    #expect(!paths.fruitless.contains(bad))
    paths.add(good + 2, .answered, price: 100, at: at(1400))
    #expect(paths.contains(bad))
    // `bad` is now the dearest.
    paths.reprice(0, 1 << 20)
    paths.add(good + 3, .answered, price: 100, at: at(1600))
    #expect(!paths.contains(bad) && paths.fruitless.contains(bad))
  }

  @Test func `no more than four are remembered as fruitless, and none for ever`() {
    var fruitless = RememberedPaths()
    for label: UInt64 in 1...6 { fruitless.insert(label) }
    fruitless.insert(6)
    #expect(fruitless.count == RememberedPaths.capacity)
    #expect((1...6).filter { fruitless.contains($0) } == [3, 4, 5, 6])
    let isRemoved = fruitless.remove(4)
    let isRemovedAgain = fruitless.remove(4)
    #expect(isRemoved && !isRemovedAgain && fruitless.count == 3)
    fruitless.insert(7)
    #expect([3, 5, 6, 7].allSatisfy { fruitless.contains($0) })
    fruitless.removeAll()
    #expect(fruitless.count == 0 && !fruitless.contains(7))
  }

  @Test func `packets without an answer are spread until there is one, and no more than four`() {
    var paths = paths()
    func advice(_ time: UInt64) -> UserAdvice {
      paths.sendOfUser(last: at(time - 10), patience: 300, at: at(time))
    }
    #expect(advice(1001) == .keep)
    // Nothing answers questions, so that nothing is judged.
    var count = 0
    for time in stride(from: UInt64(1011), to: 9000, by: 10) where advice(time) == .spread {
      count += 1
    }
    #expect(count == 4)
    hear(&paths, bad, 9000, last: 8990)
    #expect(advice(9010) == .nothing)
    // The next silence.
    #expect(advice(9600) == .spread && paths.haveServed)
  }

  @Test func `when the path in use is silent one is taken along which something came since`() {
    var paths = paths()
    paths.add(good + 1, .answered, price: 3000, at: at(1000))
    // The other side has found another way, which is dearer.
    paths.add(good, .incoming, price: 9000, at: at(2000))
    #expect(paths.best?.label == bad)
    let isAsked = paths.needsQuestion(patience: 300, at: at(2000))
    #expect(isAsked)
    paths.add(good, .incoming, price: 9000, at: at(2200))
    _ = paths.needsQuestion(patience: 300, at: at(2300))
    #expect(paths.best?.label == good)
  }

  @Test func `where paths are chosen as the original does it, nothing is kept or sent twice`() {
    var paths = paths()
    paths.areByClass = true
    for time in stride(from: UInt64(1000), to: 5000, by: 100) {
      let advice = paths.sendOfUser(last: at(time - 100), patience: 300, at: at(time))
      #expect(advice == .nothing)
    }
  }
}
