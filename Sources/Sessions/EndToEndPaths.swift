import Bytes

/// The few paths to a node that are worth remembering.
public struct EndToEndPaths: Sendable {
  /// As many as the original keeps.
  public static var capacity: Int { 3 }
  /// Another path replaces the one in use only if it is better by this.
  private static var hysteresis: UInt64 { 64 }
  /// The path in use is asked when for so long nothing has come along it, but along others.
  private static var silenceMilliseconds: UInt64 { 700 }
  /// Both sides are to use the same path, so that silence shows when it breaks. Of two about equal
  /// ones it is that of the side that does not follow: so much counts in favour of it.
  private static var followingBonus: UInt64 { 256 }
  /// Users' packets are answered within so long, or later if other answers take longer.
  private static var userMilliseconds: UInt64 { 500 }
  /// Copies of users' packets that leave along another path, so many milliseconds apart, until the
  /// first answer.
  private static var copyCountMax: Int { 4 }
  private static var copyMilliseconds: UInt64 { 300 }
  /// A pause of so long is the end of a conversation, of which the last packet gets no answer.
  private static var conversationMilliseconds: UInt64 { 5000 }
  /// Other ways are looked for at most so often when a path has not served users. All get another
  /// chance after so long; the next time after twice that, up to an hour.
  private static var judgementCountMax: Int { 4 }
  private static var graceMilliseconds: UInt64 { 10_000 }
  private static var graceMillisecondsMax: UInt64 { 3_600_000 }

  var paths = InlineArray<3, EndToEndPath>(
    repeating: EndToEndPath(
      label: 0, quality: .hearsay, price: 0, validated: Instant(milliseconds: 0)))
  public internal(set) var count = 0
  var current = 0
  /// When the path in use was asked.
  private var askedAt = Instant(milliseconds: 0)
  /// Along which packets came last.
  private var theirs: UInt64 = 0
  private let follows: Bool
  /// When a user's packet last came.
  private var usersHeardAt = Instant(milliseconds: 0)
  /// When one was sent again long after the first that got no answer.
  private var usersAgainAt = Instant(milliseconds: 0)
  /// How many copies have left without an answer, and when the last one did.
  private var copyCount = 0
  private var copiedAt = Instant(milliseconds: 0)
  /// Along which copies have left of a user's packet that has got no answer.
  public private(set) var copied = RememberedPaths()
  private var judgementCount = 0
  public private(set) var fruitless = RememberedPaths()
  /// When paths that have not served users get another chance.
  private var graceAt = Instant.never
  private var grace = Self.graceMilliseconds
  #if !APPLIANCE
    /// Whether the path is chosen as the original does it; for comparison, in simulations.
    public var areByClass = false
  #endif

  /// `follows` is true on one side of a session.
  public init(follows: Bool) { self.follows = follows }

  public subscript(index: Int) -> EndToEndPath { paths[index] }

  /// The path in use; nil if there is none.
  public var best: EndToEndPath? { count > 0 ? paths[current] : nil }

  public func contains(_ label: UInt64) -> Bool { index(of: label) != nil }

  func index(of label: UInt64) -> Int? {
    for i in 0..<count where paths[i].label == label { return i }
    return nil
  }

  /// Something spoke for `label`, of which the router says that it costs `price`, and which takes
  /// so many milliseconds, there and back, if that is known. A path that is new displaces the
  /// worst, if it is better.
  @inline(never)
  public mutating func add(
    _ label: UInt64, _ quality: EndToEndPath.Quality, price: UInt32, milliseconds: UInt32 = .max,
    at now: Instant
  ) {
    #if !APPLIANCE
      if areByClass { return addByClass(label, quality, at: now) }
    #endif
    var path = EndToEndPath(label: label, quality: quality, price: price, validated: now)
    path.milliseconds = milliseconds
    if quality == .incoming { theirs = label }
    if let i = index(of: label) {
      paths[i].price = price
      paths[i].milliseconds = milliseconds
      // What is only computed says nothing new about what works.
      if quality >= .table, paths[i].quality < quality || paths[i].isSuspect { return }
      paths[i].quality = paths[i].isSuspect ? quality : min(quality, paths[i].quality)
      paths[i].validated = now
      paths[i].isSuspect = false
    } else if count < Self.capacity {
      paths[count] = path
      count += 1
    } else {
      var worst = 0
      for i in 1..<count where cost(paths[i], now) > cost(paths[worst], now) { worst = i }
      // Where packets come from now is remembered, too, if nothing comes along the path in use.
      guard
        cost(path, now) < cost(paths[worst], now) || quality == .incoming && isSilent(at: now)
      else { return }
      // Its successor may have to make room for it again, before users have waited for long.
      if now.since(paths[worst].usersWaitSince) >= Self.userMilliseconds {
        condemn(paths[worst].label, at: now)
      }
      paths[worst] = path
    }
    choose(at: now)
  }

  /// An authentic packet came along `label`. True if that is the path in use, and nothing else is
  /// to be done; else it is to be added, and `needsQuestion` be asked.
  @inline(__always)
  public mutating func heard(_ label: UInt64, at now: Instant) -> Bool {
    #if !APPLIANCE
      if areByClass {
        addByClass(label, .hearsay, at: now)
        return true
      }
    #endif
    guard count > 0, paths[current].label == label, !paths[current].isSuspect else { return false }
    paths[current].validated = now
    theirs = label
    return true
  }

  /// A packet came along another path than the one in use. True if that one is to be asked whether
  /// it still leads there: the other side may have a better path, or this one may be broken on the
  /// way there only. If it does not answer within `patience` milliseconds, it is suspect.
  public mutating func needsQuestion(patience: UInt64, at now: Instant) -> Bool {
    guard count > 0, isSilent(at: now) else { return false }
    guard askedAt > paths[current].validated else {
      askedAt = now
      return true
    }
    if now.since(askedAt) >= patience {
      // The others may have ended with it.
      doubtAll(since: askedAt, at: now)
    }
    return false
  }

  private func isSilent(at now: Instant) -> Bool {
    now.since(paths[current].validated) >= Self.silenceMilliseconds
  }

  /// A handshake was answered along `label`. Paths that were only computed may be broken: before
  /// something comes along them they are no better than hearsay.
  @inline(never)
  public mutating func opened(along label: UInt64, at now: Instant) {
    #if !APPLIANCE
      if areByClass { return }
    #endif
    for i in 0..<count where paths[i].quality == .table && paths[i].label != label {
      paths[i].quality = .hearsay
    }
    choose(at: now)
  }

  /// Milliseconds that `label` takes, there and back; `.max` if that is not known.
  public func milliseconds(of label: UInt64) -> UInt32 {
    index(of: label).map { paths[$0].milliseconds } ?? .max
  }

  /// True if `label` looks better than the path in use, or is it, and nobody knows how long it
  /// takes.
  public func isUntimed(_ label: UInt64) -> Bool {
    guard let i = index(of: label), paths[i].milliseconds == .max else { return false }
    return wants(label) || i == current && !paths[i].isSuspect && !isFruitless
  }

  /// True if the router would rather have the path `label`, which nobody has tried, than the one in
  /// use.
  public func wants(_ label: UInt64) -> Bool {
    guard count > 0, let i = index(of: label), i != current, !paths[i].isSuspect,
      !fruitless.contains(label)
    else { return false }
    return UInt64(paths[i].price) + Self.hysteresis < UInt64(paths[current].price)
  }

  /// A packet that left along the path in use at `time` went unanswered, and all are asked along
  /// which nothing has come since: the one that answers first is used.
  public mutating func doubtAll(since time: Instant, at now: Instant) {
    for i in 0..<count where paths[i].validated <= time { paths[i].isSuspect = true }
    choose(at: now)
  }

  /// Packets along the path in use went unanswered: the others are tried before it is again.
  public mutating func suspectBest(at now: Instant) {
    guard count > 0 else { return }
    paths[current].isSuspect = true
    paths[current].validated = now
    var oldest: Int?
    for i in 0..<count where paths[i].isSuspect && i != current {
      if let other = oldest, paths[other].validated <= paths[i].validated { continue }
      oldest = i
    }
    let before = current
    choose(at: now)
    // All are suspect: each in its turn.
    if current == before, let oldest { use(oldest) }
  }

  // MARK: Users

  /// When the first of those users' packets left along the path in use that have got no answer;
  /// `.never` if there are none.
  public var usersWaitSince: Instant { count > 0 ? paths[current].usersWaitSince : .never }

  /// The same for all paths that are known, some of which may have been left since.
  public var usersWaitAnywhereSince: Instant {
    @inline(never) get {
      var since = Instant.never
      for i in 0..<count where paths[i].usersWaitSince > usersHeardAt {
        since = min(since, paths[i].usersWaitSince)
      }
      return since
    }
  }

  /// True if users' packets have come along any.
  public var haveServed: Bool { usersHeardAt.milliseconds != 0 }

  /// True if other ways are to be looked for when a path has been judged.
  public var wantsOthers: Bool { judgementCount <= Self.judgementCountMax }

  /// True if users' packets have waited for an answer for long, or, the first of all, for
  /// `patience` milliseconds: along the path in use, or one that was left.
  public func isWaiting(patience: UInt64, at now: Instant) -> Bool {
    let time = haveServed ? Self.userMilliseconds : min(Self.userMilliseconds, patience)
    guard now.since(usersHeardAt) >= Self.userMilliseconds, count > 0 else { return false }
    return fruitless.count > 0 || now.since(usersWaitAnywhereSince) >= time
  }

  /// A copy of a user's packet leaves along `label`.
  public mutating func copies(along label: UInt64) { copied.insert(label) }

  /// True if the path in use is known not to serve users.
  public var isFruitless: Bool { count > 0 && fruitless.contains(paths[current].label) }

  /// What the router says that the path costs now; to be followed by `choose`.
  public mutating func reprice(_ index: Int, _ price: UInt32) { paths[index].price = price }

  /// A user's packet is to leave along the path in use, which may be another one from now on.
  /// `last` is when the one before was sent; answers to questions take `patience` milliseconds at
  /// most.
  @inline(__always)
  public mutating func sendOfUser(last: Instant, patience: UInt64, at now: Instant) -> UserAdvice {
    #if !APPLIANCE
      if areByClass { return .nothing }
    #endif
    guard count > 0 else { return .nothing }
    let since = paths[current].usersWaitSince
    if since == .never {
      let isForgiven = now >= graceAt
      if isForgiven { forgive(at: now) }
      paths[current].usersWaitSince = now
      if isForgiven { return .judged }
      return haveServed ? .nothing : .keep
    } else if now.since(since) >= Self.userMilliseconds {
      if judge(other: nil, last: last, patience: patience, at: now) { return .judged }
      return spread(at: now)
    }
    return .nothing
  }

  @inline(never)
  private mutating func spread(at now: Instant) -> UserAdvice {
    guard copyCount < Self.copyCountMax, now.since(copiedAt) >= Self.copyMilliseconds else {
      return .nothing
    }
    copyCount += 1
    copiedAt = now
    return .spread
  }

  /// A user's packet came along `label`. False if `judge` is to look at it, because that is not
  /// the path in use, or not all paths serve.
  @inline(__always)
  public mutating func heardOfUser(_ label: UInt64, at now: Instant) -> Bool {
    usersHeardAt = now
    guard count > 0, paths[current].label == label, fruitless.count == 0, copyCount == 0,
      copied.count == 0
    else { return false }
    paths[current].usersWaitSince = .never
    paths[current].hasServed = true
    return true
  }

  /// A user's packet came along the path `other`, or one is to be sent. If such packets along the
  /// path in use have had no answer for long, though others have come along it, it may be one that
  /// lets through only what routers say: it is left for `other`, or for the best one of which that
  /// is not known.
  ///
  /// Where one side alone talks all paths look like that, so they are given another chance, again
  /// and again. And where each side has a path of its own, the one that follows is to move first.
  @inline(never)
  public mutating func judge(
    other: UInt64?, last: Instant, patience: UInt64, at now: Instant
  ) -> Bool {
    #if !APPLIANCE
      if areByClass { return false }
    #endif
    guard count > 0 else { return false }
    // Paths were priced around the one that was waited for.
    var isOtherPriced = other != nil && (copyCount > 0 || copied.count > 0)
    if other != nil {
      copyCount = 0
      copied.removeAll()
    }
    let other = other.flatMap { index(of: $0) }
    if let other {
      if fruitless.remove(paths[other].label) { isOtherPriced = true }
      paths[other].usersWaitSince = .never
      paths[other].hasServed = true
    }
    if isFruitless { choose(at: now) }
    let since = paths[current].usersWaitSince
    guard since != .never else { return isOtherPriced }
    guard now.since(last) < Self.conversationMilliseconds else {
      paths[current].usersWaitSince = other == nil ? now : .never
      return isOtherPriced
    }
    if isFruitless {
      // None is better; that need not be looked at for each packet.
      paths[current].usersWaitSince = now
      if now >= graceAt {
        forgive(at: now)
        return true
      }
      // The router may have come to know another way.
      judgementCount += 1
      return wantsOthers
    }
    var least = max(patience, Self.userMilliseconds)
    if other != nil, !follows { least *= 2 }
    // What came along another path may have been the answer, but it is no sign for ever.
    let silentSince = other == nil ? max(since, usersHeardAt) : since
    guard now.since(silentSince) >= least, other != nil || paths[current].validated > silentSince
    else { return isOtherPriced }
    if paths[current].hasServed {
      // What got no answer first may have wanted none.
      if usersAgainAt <= since { usersAgainAt = now }
      guard now.since(usersAgainAt) >= least else { return isOtherPriced }
    }
    condemn(paths[current].label, at: now)
    if let other {
      use(other)
      return true
    }
    choose(at: now)
    judgementCount += 1
    return true
  }

  private mutating func condemn(_ label: UInt64, at now: Instant) {
    fruitless.insert(label)
    guard graceAt == .never else { return }
    graceAt = now + grace
    grace = min(2 * grace, Self.graceMillisecondsMax)
  }

  @inline(never)
  private mutating func forgive(at now: Instant) {
    graceAt = .never
    judgementCount = 0
    fruitless.removeAll()
    for i in 0..<count { paths[i].usersWaitSince = .never }
    choose(at: now)
  }

  // MARK: Choice

  /// `label` leads nowhere any more.
  public mutating func remove(_ label: UInt64, at now: Instant) {
    removeAll(at: now) { $0 == label }
  }

  /// Removes all paths whose label fulfils `condition`.
  public mutating func removeAll(at now: Instant, where condition: (UInt64) -> Bool) {
    var kept = 0
    for i in 0..<count where !condition(paths[i].label) {
      paths[kept] = paths[i]
      kept += 1
    }
    guard kept < count else { return }
    count = kept
    use(0)
    choose(at: now)
  }

  /// Puts the best path to use.
  @inline(never)
  public mutating func choose(at now: Instant) {
    guard count > 0 else { return }
    #if !APPLIANCE
      if areByClass { return chooseByClass(at: now) }
    #endif
    if current >= count { current = 0 }
    var best = current
    for i in 0..<count where cost(i, now) + Self.hysteresis < cost(best, now) { best = i }
    if best != current { use(best) }
  }

  private mutating func use(_ index: Int) {
    current = index
    askedAt = Instant(milliseconds: 0)
  }

  private func cost(_ index: Int, _ now: Instant) -> UInt64 {
    let cost = cost(paths[index], now)
    return follows && paths[index].label == theirs ? cost - min(cost, Self.followingBonus) : cost
  }

  private func cost(_ path: EndToEndPath, _ now: Instant) -> UInt64 {
    path.cost(at: now) + (fruitless.contains(path.label) ? 1 << 32 : 0)
  }
}
