import Bytes

/// When to ask, when to begin anew, and when to forget: the clock of one end-to-end session. Pure:
/// stepped with what happens and the time, it answers with what to do.
///
/// ```
///          sent        patience        0.4 s            1 s ...
/// at rest -----> open -------> asked --------> reopened ------> reopened
///    ^                                                             |
///    +----------- heard, or nobody wants anything any more --------+
/// ```
public struct EndToEndSupervision: Sendable {
  /// Something was sent and nothing came back for so long: ask. At first; then twice the time that
  /// answers take, between these.
  static var unansweredMilliseconds: UInt64 { 700 }
  static var unansweredMillisecondsMin: UInt64 { 300 }
  static var unansweredMillisecondsMax: UInt64 { 1500 }
  /// What users' answers may take beyond a round trip.
  static var usersMilliseconds: UInt64 { 100 }
  /// With packets waiting for the handshake, so long after the last packet of it.
  static var handshakeMilliseconds: UInt64 { 150 }
  /// From one attempt to the next: the first few, and all later ones as long as users send, which
  /// costs the network as much as a packet of theirs.
  static var askedMilliseconds: UInt64 { 400 }
  static var askedCount: Int { 3 }
  static var againMilliseconds: UInt64 { 1000 }
  /// Nothing was sent for so long: nobody wants an answer any more.
  static var interestMilliseconds: UInt64 { 5000 }
  /// A session ends when nothing was received for so long (crypto.md 6.6),
  static var endMilliseconds: UInt64 { 120_000 }
  /// or when it was never completed: begun by the other side, or by us.
  static var strangerMilliseconds: UInt64 { 20_000 }
  static var unansweredEndMilliseconds: UInt64 { 30_000 }
  /// Who has not completed after so long will hardly do so.
  static var completionMilliseconds: UInt64 { 4000 }
  /// Paths that have been silent for so long, with traffic on them, are searched for anew.
  public static var searchFromAttempt: Int { 1 }
  /// From this attempt on the other paths are tried, too.
  public static var pathAfterAttempts: Int { 2 }
  /// As long as users talk, better paths are looked for, and others if there is no answer yet:
  /// after so long, then after so long, then after twice that, and so on. A pause of so long is the
  /// end of it.
  static var improveMillisecondsFirst: UInt64 { 200 }
  static var improveMillisecondsMin: UInt64 { 1400 }
  static var improveMillisecondsMax: UInt64 { 300_000 }
  static var conversationMilliseconds: UInt64 { 60_000 }
  /// So often somebody looks whether the keys have become old, as long as nothing else is known.
  static var lookMilliseconds: UInt64 { 300_000 }

  public enum Action: Equatable, Sendable {
    case nothing
    /// Try again: the how-manieth attempt since something was heard, from 0.
    case attempt(Int)
    /// See whether users' packets got an answer (`EndToEndPaths.usersWaitSince`).
    case lookAtUsers
    /// See whether there is a better path.
    case improve
    /// See whether the keys are old (`EndToEndSession.renewal`).
    case renew
    /// Forget the session.
    case end
  }

  public private(set) var lastHeard: Instant?
  public private(set) var lastSent: Instant?
  /// The other side has shown that it is there now: a KEY or a run packet came.
  public private(set) var isProven = false
  private let createdAt: Instant
  private let isByStranger: Bool
  private var lastInterest = Instant(milliseconds: 0)
  public private(set) var lastTraffic = Instant(milliseconds: 0)
  private var lastAnswer = Instant(milliseconds: 0)
  private var attemptAt = Instant.never
  private var attemptCount = 0
  /// When what waits for an answer was sent, and how long it may.
  public private(set) var askedAt = Instant(milliseconds: 0)
  public private(set) var patience = Self.unansweredMilliseconds
  /// When to see whether users' packets got an answer.
  private var usersAt = Instant.never
  /// When to look for a better path, and how long after the time before.
  private var improveAt = Instant.never
  private var improvePause = Self.improveMillisecondsFirst
  /// When to look at the age of the keys next.
  var renewAt: Instant

  public init(byStranger: Bool, at now: Instant) {
    createdAt = now
    renewAt = now + Self.lookMilliseconds
    isByStranger = byStranger
  }

  /// An authentic packet that nobody can have replayed.
  @inline(__always)
  public mutating func heard(at now: Instant) {
    let isFirst = lastHeard == nil
    lastHeard = now
    isProven = true
    guard attemptAt != .never else { return }
    // The first attempt was the handshake that is answered now.
    if attemptCount == 0 || isFirst && attemptCount == 1 {
      measure(now.since(askedAt), isFirst: isFirst)
    }
    attemptAt = .never
    attemptCount = 0
  }

  /// What a packet that was sent is: one of a user, a question of the router's, its answer, or a
  /// question that only asks whether the other side is there, which is no reason to ask again.
  public enum Purpose: Sendable {
    case traffic, question, answer, probe
  }

  /// Something was sent. What answers a packet of the same moment asks for no answer.
  @inline(__always)
  public mutating func sent(_ purpose: Purpose = .traffic, at now: Instant) {
    lastSent = now
    if purpose == .answer {
      lastAnswer = now
      return
    }
    if attemptAt == .never, lastHeard != now {
      attemptAt = now + patience
      askedAt = now
    }
    if purpose != .probe { lastInterest = now }
    if purpose == .traffic { lastTraffic = now }
  }

  /// True if users have packets for the other side: the router looks after its questions itself.
  public func hasTraffic(at now: Instant) -> Bool {
    now.since(lastTraffic) < Self.interestMilliseconds
  }

  /// True if this attempt is to search: each of the first, if the search before has ended; then
  /// ever more seldom, because a search costs many packets where an attempt costs one.
  @inline(never)
  public static func searches(attempt number: Int, hasPath: Bool) -> Bool {
    guard number >= searchFromAttempt || !hasPath else { return false }
    let pause = number < (hasPath ? 10 : 40) ? 1 : number < 40 || !hasPath ? 5 : 25
    return number % pause == 0
  }

  /// An answer took so long: the next one may take twice that.
  @inline(never)
  private mutating func measure(_ milliseconds: UInt64, isFirst: Bool) {
    let twice = 2 * min(milliseconds, Self.unansweredMillisecondsMax)
    let wanted = min(
      max(twice, Self.unansweredMillisecondsMin), Self.unansweredMillisecondsMax)
    // More at once, less little by little.
    patience = isFirst || wanted > patience ? wanted : patience - (patience - wanted) / 8
  }

  /// Packets wait, and the handshake is not done: attempts are due. True if one is due now.
  public mutating func want(at now: Instant) -> Bool {
    // The router may have asked in vain for long: users do not wait for its seldom attempts.
    if attemptCount > 1, !hasTraffic(at: now) {
      attemptCount = 1
      attemptAt = now
    }
    lastInterest = now
    lastTraffic = now
    if attemptAt == .never { askedAt = now }
    if attemptCount == 0 {
      let patience = lastSent.map { $0 + Self.handshakeMilliseconds } ?? now
      attemptAt = min(attemptAt, max(now, patience))
    }
    return attemptAt <= now
  }

  /// How long users' packets may have no answer. What users answer at once takes one round trip,
  /// and a little more: so long, before they were ever answered. Later not before the path in use
  /// is asked, too: what others answer would count as a sign that nothing is wrong.
  public func usersPatience(isServed: Bool) -> UInt64 {
    isServed ? patience : patience / 2 + Self.usersMilliseconds
  }

  /// A user's packet left at `time` that is the first without an answer: what others answer says
  /// nothing about that.
  public mutating func watchUsers(since time: Instant, isServed: Bool) {
    if usersAt == .never { usersAt = time + usersPatience(isServed: isServed) }
    if time.since(lastTraffic) >= Self.conversationMilliseconds {
      improvePause = Self.improveMillisecondsFirst
    }
    if improveAt == .never { improveAt = time + improvePause }
  }

  /// Somebody says that the other side has lost our keys, or that the path is broken: if something
  /// is unanswered, the next attempt is due now, but not again until something was heard. Lost keys
  /// are not asked about, but made anew.
  public mutating func hint(keysAreLost: Bool, at now: Instant) {
    guard attemptAt != .never, attemptCount == 0 else { return }
    if keysAreLost { attemptCount = 1 }
    attemptAt = now
  }

  /// When to `step` next.
  public var deadline: Instant {
    @inline(never) get { min(min(min(attemptAt, improveAt), usersAt), min(renewAt, end)) }
  }

  private var end: Instant {
    // A HELLO is no proof that anybody is there, but what it was answered with is to be of use.
    if let lastHeard {
      return max(lastHeard + Self.endMilliseconds, lastAnswer + Self.strangerMilliseconds)
    }
    // Unless our users have come to want it, too.
    if isByStranger, lastTraffic.milliseconds == 0 {
      return createdAt + Self.strangerMilliseconds
    }
    return max(createdAt, lastSent ?? createdAt) + Self.unansweredEndMilliseconds
  }

  /// True if nothing has come or gone for `milliseconds`.
  func isQuiet(for milliseconds: UInt64, at now: Instant) -> Bool {
    now.since(lastHeard ?? createdAt) >= milliseconds && hasSentNothing(for: milliseconds, at: now)
  }

  func hasSentNothing(for milliseconds: UInt64, at now: Instant) -> Bool {
    now.since(lastSent ?? createdAt) >= milliseconds
  }

  /// Of what use a session still is, least first: when the table is full, and of those that are of
  /// the least use the least recently used, goes.
  enum Worth: Comparable {
    /// Begun, and not completed in time.
    case abandoned
    /// With somebody whom only the router talks to.
    case router
    case users
    /// Begun just now: if these went first, nobody could enter a full table. Others can begin no
    /// more than `strangerCountMax`, and we begin no more than the router has queries out.
    case begun
  }

  @inline(never)
  func worth(at now: Instant) -> Worth {
    guard isProven else {
      return now.since(lastUse) < Self.completionMilliseconds ? .begun : .abandoned
    }
    return lastTraffic.milliseconds == 0 ? .router : .users
  }

  /// The moment that counts when the least recently used session is looked for.
  public var lastUse: Instant { max(createdAt, max(lastHeard ?? createdAt, lastSent ?? createdAt)) }

  /// What is due at `now`; to be repeated until there is nothing.
  public mutating func step(at now: Instant) -> Action {
    if now >= end { return .end }
    if now >= renewAt {
      renewAt = now + Self.lookMilliseconds
      return .renew
    }
    if now >= usersAt {
      usersAt = .never
      return .lookAtUsers
    }
    if now >= improveAt {
      improveAt = .never
      improvePause = min(
        max(2 * improvePause, Self.improveMillisecondsMin), Self.improveMillisecondsMax)
      return .improve
    }
    guard now >= attemptAt else { return .nothing }
    guard now.since(lastInterest) < Self.interestMilliseconds else {
      attemptAt = .never
      attemptCount = 0
      return .nothing
    }
    let number = attemptCount
    attemptCount += 1
    attemptAt =
      now + (number < Self.askedCount ? Self.askedMilliseconds : Self.againMilliseconds)
    return .attempt(number)
  }
}
