import Bytes
import Peering
import Routing
import Sessions
import Switching
import Wire

// The paths of end-to-end sessions, and users' packets that get no answer along one.
extension Node {
  // MARK: Prices

  /// Something speaks for `path` as one of `session`; a question along it, and the answer, took so
  /// many milliseconds.
  @inline(never)
  func add(
    _ path: Label, _ quality: EndToEndPath.Quality, milliseconds: UInt32 = .max,
    to session: EndToEndSession, at now: Instant
  ) {
    var time = session.paths.milliseconds(of: path.bits)
    if milliseconds < time {
      time = milliseconds
    } else if milliseconds != .max {
      // Others on the way may have made it wait.
      time += (milliseconds - time) / 4
    }
    session.paths.add(
      path.bits, quality, price: price(of: path, milliseconds: time, in: session, at: now),
      milliseconds: time, at: now)
  }

  /// Prices the paths of `session` again: other ones do not serve users now.
  @inline(never)
  func reprice(_ session: EndToEndSession, at now: Instant) {
    for i in 0..<session.paths.count {
      let path = session.paths[i]
      session.paths.reprice(
        i, price(of: Label(path.label), milliseconds: path.milliseconds, in: session, at: now))
    }
    session.paths.choose(at: now)
  }

  /// What a path costs: more if users wait, and it has nodes in common with those that were tried.
  @inline(never)
  private func price(
    of path: Label, milliseconds: UInt32, in session: EndToEndSession, at now: Instant
  ) -> UInt32 {
    isWaiting(session, at: now)
      ? router.price(
        of: path, milliseconds: milliseconds, around: tried(session).filter { $0 != path })
      : router.price(of: path, milliseconds: milliseconds)
  }

  /// True if users' packets have waited for an answer for long.
  private func isWaiting(_ session: EndToEndSession, at now: Instant) -> Bool {
    session.paths.isWaiting(patience: patience(session), at: now)
  }

  private func patience(_ session: EndToEndSession) -> UInt64 {
    session.supervision.usersPatience(isServed: session.paths.haveServed)
  }

  /// The path in use, those that do not serve users, and those along which copies went.
  private func tried(_ session: EndToEndSession) -> [Label] {
    var tried: [Label] = []
    func note(_ label: UInt64) {
      if !tried.contains(Label(label)) { tried.append(Label(label)) }
    }
    let paths = session.paths
    for i in 0..<paths.fruitless.count { note(paths.fruitless[i]) }
    for i in 0..<paths.copied.count { note(paths.copied[i]) }
    if let path = paths.best { note(path.label) }
    return tried
  }

  // MARK: Other ways

  /// Other ways that each of so many attempts tries.
  private static var detourCount: Int { 2 }
  /// A path that nobody has tried counts so much more.
  private static var untriedPrice: UInt32 { 2048 }

  /// Asks along a few ways around what is doubted, which have no node in common with the paths
  /// `known`, as far as possible.
  @inline(never)
  mutating func askDetours(
    of session: EndToEndSession, around known: [Label], at now: Instant, into outbox: inout Outbox
  ) {
    for _ in 0..<Self.detourCount {
      guard let detour = router.detour(to: session.address, around: known, at: now) else { return }
      if !session.paths.contains(detour.label.bits) {
        contact(session, along: detour.label.bits, .current, at: now, into: &outbox)
      }
    }
  }

  /// Asks along ways that have no node in common with the known ones, as far as possible, and lets
  /// the router find more.
  @inline(never)
  mutating func askOthers(
    of session: EndToEndSession, at now: Instant, into outbox: inout Outbox
  ) {
    askDetours(of: session, around: tried(session), at: now, into: &outbox)
    approach(session, at: now, into: &outbox)
  }

  @inline(never)
  private mutating func approach(
    _ session: EndToEndSession, at now: Instant, into outbox: inout Outbox
  ) {
    guard let path = session.paths.best else { return }
    router.approach(
      Route(
        key: session.key, address: session.address, version: session.version,
        label: Label(path.label)),
      around: tried(session), at: now, entropy: entropy)
    settle(at: now, into: &outbox)
  }

  /// The path that has the fewest nodes in common with the one in use, and with those that do not
  /// serve users, as far as that does not make it much longer; nil if there is none that may serve
  /// where they do not.
  @inline(never)
  private mutating func otherPath(of session: EndToEndSession, at now: Instant) -> Label? {
    let known = tried(session)
    var best: Label?
    var price = UInt32.max
    func note(_ label: Label, _ extra: UInt32) {
      guard router.evades(label, known) else { return }
      let other = router.price(of: label, around: known) &+ extra
      if other < price { (best, price) = (label, other) }
    }
    for i in 0..<session.paths.count where !session.paths[i].isSuspect {
      note(Label(session.paths[i].label), 0)
    }
    if let detour = router.detour(to: session.address, around: known, isTried: false, at: now) {
      note(detour.label, Self.untriedPrice)
    }
    return best
  }

  // MARK: Users' packets without an answer

  /// Users' packets along a path may get lost though routers' do not: if none has come back for
  /// long, other ways are asked for before the user's next packet is to choose one.
  @inline(never)
  mutating func lookAtUsers(
    of session: EndToEndSession, at now: Instant, into outbox: inout Outbox
  ) {
    let since = session.paths.usersWaitAnywhereSince
    guard since != .never, let path = session.paths.best, !session.paths.isFruitless,
      !router.limits.habits.contains(.sessions)
    else { return }
    guard now.since(since) >= patience(session) else {
      return session.supervision.watchUsers(since: since, isServed: session.paths.haveServed)
    }
    if !unanswered.isEmpty(for: session.address), let label = otherPath(of: session, at: now) {
      spreadAgain(session, along: label, at: now, into: &outbox)
    }
    contact(session, along: path.label, .current, at: now, into: &outbox)
    askOthers(of: session, at: now, into: &outbox)
  }

  /// The sealed `packet` is about to leave along a path of which nobody knows whether it lets
  /// users' packets through. Keeps a copy, or sends one along another path: the other side takes
  /// the one that arrives first, and is not to complain about the second.
  @inline(never)
  mutating func spread(
    _ packet: borrowing FrameBuffer, of session: EndToEndSession, _ advice: UserAdvice,
    at now: Instant, into outbox: inout Outbox
  ) {
    guard var copy = pool.take() else { return }
    copy.append(packet.span)
    if advice == .keep {
      _ = unanswered.hold(copy, for: session.address, at: now)
    } else if let label = otherPath(of: session, at: now) {
      send(copy, of: session, along: label, at: now, into: &outbox)
    }
  }

  /// A question leaves for the other end of `session` along a path that nobody has tried, or was
  /// answered: a user's packet that has got no answer for long goes along it, too, if that path may
  /// serve where those do not along which it went.
  @inline(never)
  mutating func spreadAgain(
    _ session: EndToEndSession, along label: Label, at now: Instant, into outbox: inout Outbox
  ) {
    guard isWaiting(session, at: now), router.evades(label, tried(session)),
      var copy = pool.take()
    else { return }
    unanswered.copy(for: session.address, into: &copy)
    send(copy, of: session, along: label, at: now, into: &outbox)
  }

  private mutating func send(
    _ copy: consuming FrameBuffer, of session: EndToEndSession, along label: Label,
    at now: Instant, into outbox: inout Outbox
  ) {
    session.paths.copies(along: label.bits)
    send(copy, along: label, suppressErrors: true, at: now, into: &outbox)
  }

  /// A user's packet of `session` came along `path`: what that says about its paths.
  @inline(never)
  mutating func judge(_ session: EndToEndSession, _ path: Label, at now: Instant) {
    _ = unanswered.take(for: session.address)
    if session.paths.judge(
      other: path.bits, last: session.supervision.lastTraffic,
      patience: session.supervision.patience, at: now)
    {
      reprice(session, at: now)
    }
  }
}
