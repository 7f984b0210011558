import Bytes

/// Keeps one peer alive. Pure: stepped with an event and the time, it answers with what to do.
///
/// ```
///            heard                silent, probe unanswered
/// opening ----------> alive -----------------------------> probing
///    |                 ^ ^------------- heard ---------------+  |
///    | 20 s            +---------- heard ----------+            | 20 s
///    +-------------------------> unresponsive <-----------------+
/// ```
/// A peer that left several probes unanswered, about 3.5 s after the first packet to it, is silent:
/// it stays `probing`, but nothing goes through it until it is heard.
///
/// `quarantined` is entered from anywhere and left by `retry` only. The values of 3, 20 and 262 s
/// are the ones of links.md 3.4; the rest is ours and invisible to a peer that answers.
struct PeerSupervision: Sendable {
  /// After so long without a packet a peer is pinged.
  static var keepAliveMilliseconds: UInt64 { 3072 }
  /// After so long it is unresponsive.
  static var unresponsiveMilliseconds: UInt64 { 20480 }
  /// After so long one that came in is forgotten.
  static var forgetMilliseconds: UInt64 { 262_144 }
  /// How long a peer that has proved nothing yet may stay.
  static var unprovenMilliseconds: UInt64 { 10_000 }
  /// After so many attempts without an answer it is silent.
  static var silentAttemptCount: Int { 5 }
  /// Something was sent and nothing came back for so long: ask.
  static var unansweredMilliseconds: UInt64 { 800 }
  /// Shortest time to wait for the answer to that.
  static var answerMillisecondsMin: UInt64 { 600 }
  static var answerMillisecondsMax: UInt64 { 4000 }
  /// Also a busy link is measured so often.
  static var measureMilliseconds: UInt64 { 10_240 }
  /// A learned version that was too old is asked for again after so long.
  static var quarantineMilliseconds: UInt64 { 600_000 }

  /// Where it stands.
  enum Phase: Equatable, Sendable {
    /// Its session never carried a packet of its own keys.
    case opening
    case alive
    /// A probe went unanswered.
    case probing
    case unresponsive
    /// Its version is too old.
    case quarantined
  }

  /// What this side can and must do about a silent peer.
  enum Role: Equatable, Sendable {
    /// Opened by us and never given up.
    case opener
    /// Opened by us on hearsay (a beacon, an earlier life): kept only if it answers.
    case tentativeOpener
    /// Came in with a handshake that may have been recorded by somebody else: told nothing unasked.
    case candidate
    /// Came in and has proved itself.
    case listener

    /// True if its handshakes are ours to begin.
    var opens: Bool { self == .opener || self == .tentativeOpener }
    /// True if it vanishes when it stays silent.
    var isForgotten: Bool { self != .opener }
  }

  enum Event: Equatable, Sendable {
    case timePassed
    /// An authentic packet that nobody can have replayed.
    case heard
    /// A packet of somebody else's went out to it.
    case sent
    /// A KEY came: it is there, and the new session needs one more packet each way.
    case answered
    /// A pong came; the round trip took so many milliseconds.
    case measured(UInt64)
    /// Its version turned out too old; `learned` if it said so itself.
    case incompatible(learned: Bool)
    /// Its session was set back to the beginning.
    case reset
    /// It may have been replaced by a new life of itself, or be there again.
    case doubted
    /// Nothing can get to it.
    case cut
  }

  enum Action: Equatable, Sendable {
    case nothing
    /// Send a ping: in a run packet, or in whatever handshake packet the session needs.
    case ping
    /// Begin (or repeat the beginning of) a new session beside the old one, the ping in the HELLO.
    case reopen
    case pingAndReopen
    /// It has become unresponsive. Step again at once.
    case lost
    /// Remove it.
    case forget
    /// Its version is unknown again: set the session back and step again.
    case retry
  }

  private(set) var phase = Phase.opening
  private(set) var role: Role
  /// When to step next with `timePassed`.
  private(set) var deadline: Instant
  /// The last sign of life, or the beginning.
  private(set) var lastHeard: Instant
  /// The first packet sent since then.
  private var isUnanswered = false
  /// A ping is out and nothing was heard since.
  private var isAsked = false
  private var attemptCount = 0
  private var measureAt: Instant
  private var roundTrip: UInt64 = 0
  /// True once it has answered at all.
  private(set) var isProven = false

  /// True if it should have answered by now: nothing goes through it.
  var isSilent: Bool {
    phase == .unresponsive || phase == .probing && attemptCount >= Self.silentAttemptCount
  }

  /// A peer that exists from `now` on. The caller sends the first packet itself.
  init(role: Role, at now: Instant) {
    self.role = role
    lastHeard = now
    measureAt = now
    switch role {
    case .candidate: deadline = now + Self.unprovenMilliseconds
    // It may be about to start, as this node was.
    case .opener: deadline = now + Self.periodShort / 8
    case .tentativeOpener, .listener: deadline = now + Self.periodShort
    }
  }

  /// `random` is any random number, for the jitter.
  mutating func step(_ event: Event, at now: Instant, random: UInt32 = 0) -> Action {
    switch event {
    case .timePassed:
      return now < deadline ? .nothing : timePassed(now, random)
    case .heard:
      heard(now, random)
      return .nothing
    case .sent:
      if phase == .alive, !isUnanswered {
        isUnanswered = true
        deadline = min(deadline, now + Self.unansweredMilliseconds)
      }
      return .nothing
    case .answered:
      if phase != .alive, phase != .quarantined { deadline = now + answerMilliseconds }
      return .nothing
    case .measured(let milliseconds):
      roundTrip = milliseconds
      let pause = Self.measureMilliseconds + UInt64(random & 1023)
      measureAt = now + pause
      if phase == .alive, !isUnanswered, !isAsked {
        deadline = min(measureAt, lastHeard + Self.keepAliveMilliseconds)
      }
      return .nothing
    case .incompatible(let learned):
      phase = .quarantined
      deadline =
        role == .listener || role == .candidate
        ? now + Self.forgetMilliseconds : learned ? now + Self.quarantineMilliseconds : .never
      return .nothing
    case .reset:
      guard phase != .quarantined, role != .candidate else { return .nothing }
      if phase == .alive { phase = .probing }
      attemptCount = 0
      deadline = now
      return .nothing
    case .doubted:
      guard phase != .quarantined, role != .candidate, phase != .alive || !isAsked else {
        return .nothing
      }
      isUnanswered = true
      deadline = now
      return .nothing
    case .cut:
      guard phase == .alive || phase == .probing else { return .nothing }
      phase = .probing
      attemptCount = max(attemptCount, Self.silentAttemptCount)
      return .nothing
    }
  }

  /// From now on its handshakes are ours to begin, too; `forGood`: it has proved itself, and is
  /// never given up.
  mutating func becomeOpener(forGood: Bool = false) {
    if forGood {
      role = .opener
    } else if role == .listener {
      role = .tentativeOpener
    }
  }

  private mutating func heard(_ now: Instant, _ random: UInt32) {
    guard phase != .quarantined else { return }
    lastHeard = now
    isUnanswered = false
    isAsked = false
    attemptCount = 0
    if phase == .opening { measureAt = now + Self.periodShort }
    phase = .alive
    if role == .candidate { role = .listener }
    isProven = true
    let silenceAllowed = Self.keepAliveMilliseconds - UInt64(random & 255)
    deadline = min(measureAt, now + silenceAllowed)
  }

  private mutating func timePassed(_ now: Instant, _ random: UInt32) -> Action {
    let silence = now.since(lastHeard)
    switch phase {
    case .quarantined:
      if role == .opener {
        phase = .opening
        lastHeard = now
        deadline = now
        return .retry
      }
      return .forget
    case .opening, .unresponsive:
      if !isProven, role != .opener, silence >= Self.unprovenMilliseconds { return .forget }
      if role.isForgotten, silence >= Self.forgetMilliseconds { return .forget }
      if phase == .opening, silence >= Self.unresponsiveMilliseconds { return lost(now) }
      return attempt(now, silence, random)
    case .alive:
      if !isAsked, silence >= Self.keepAliveMilliseconds / 2 || isUnanswered {
        isAsked = true
        deadline = now + answerMilliseconds
        return .ping
      }
      if isAsked {
        phase = .probing
        return attempt(now, silence, random)
      }
      measureAt = now + Self.periodShort
      deadline = min(measureAt, lastHeard + Self.keepAliveMilliseconds)
      return .ping
    case .probing:
      if silence >= Self.unresponsiveMilliseconds { return lost(now) }
      return attempt(now, silence, random)
    }
  }

  private mutating func lost(_ now: Instant) -> Action {
    phase = .unresponsive
    deadline = now
    return .lost
  }

  /// One more try to reach it, and when to try next: each half second until it is silent, then each
  /// second, then less often, but often enough that it is back within 5 s of the cause being gone.
  /// At first sooner, and half as soon each time.
  private mutating func attempt(
    _ now: Instant, _ silence: UInt64, _ random: UInt32
  ) -> Action {
    attemptCount += 1
    let isSudden = phase == .probing && !isSilent
    // One that is known from hearsay may not be there at all: 1, 2 and 4 s.
    let isHearsay = role == .tentativeOpener && !isProven
    let isFirst = phase == .opening && role == .opener && attemptCount < 3
    let period =
      isFirst
      ? Self.periodShort >> UInt64(3 - attemptCount)
      : isSudden
        ? Self.periodSudden
        : isHearsay
          ? Self.periodShort << UInt64(min(attemptCount, 2))
          : silence < 60_000
            ? Self.periodShort : silence < 600_000 ? Self.periodLong : 2 * Self.periodLong
    // A tenth to both sides, so that the attempts of many peers spread out.
    let jitter = UInt64(random) % (period / 5)
    let pause: UInt64 = period - period / 10 + jitter
    deadline = now + pause
    if isHearsay { deadline = min(deadline, lastHeard + Self.unprovenMilliseconds) }
    guard role.opens else { return .ping }
    // The old keys are right if only packets were lost: ask with them all the time at first, and
    // now and then later.
    if isSudden { return attemptCount & 1 == 0 ? .ping : .pingAndReopen }
    return attemptCount & 3 == 0 ? .pingAndReopen : .reopen
  }

  private var answerMilliseconds: UInt64 {
    min(max(Self.answerMillisecondsMin, 2 * roundTrip + 200), Self.answerMillisecondsMax)
  }

  private static var periodSudden: UInt64 { 500 }
  private static var periodShort: UInt64 { 1000 }
  private static var periodLong: UInt64 { 4000 }
}
