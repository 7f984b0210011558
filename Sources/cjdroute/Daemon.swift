import Admin
import Bytes
import Cryptography
import Drivers
import Node
import Peering
import Wire

/// The node and its surroundings, running.
final class Daemon {
  /// So often it looks for new networks.
  private static var refreshMilliseconds: UInt64 { 10_000 }

  let loop: EventLoop
  var server: AdminServer
  let admin: AdminSocket
  let entropy: SystemEntropy
  var log: Log
  var remembrance: Remembrance?
  /// nil, with a reason, where there can be none.
  var ethernet: EthernetLinks?
  var ethernetError = SystemError.permission
  var radios: [RadioLink] = []
  /// Set when the process is to end, in order.
  var isEnding = false

  init(
    loop: EventLoop, server: consuming AdminServer, admin: AdminSocket,
    entropy: SystemEntropy, log: Log
  ) {
    self.loop = loop
    self.server = server
    self.admin = admin
    self.entropy = entropy
    self.log = log
  }

  /// Serves until it is told to end.
  func run() {
    var refresh = SystemClock.now
    let pause = ServiceManager.aliveMilliseconds
    var alive = pause == nil ? Instant.never : refresh
    while !isEnding {
      if let pause, SystemClock.now >= alive {
        ServiceManager.tell(.alive)
        alive = SystemClock.now + pause
      }
      if SystemClock.now >= refresh {
        refreshBeacons()
        readStations()
        dialRemembered()
        remember()
        refresh = SystemClock.now + Self.refreshMilliseconds
      }
      turn(until: min(refresh, alive))
    }
    ServiceManager.tell(.ending)
    remember(isLast: true)
    say(.info, "ended in order")
  }

  /// One turn of the loop, and all that follows from it.
  func turn(until latest: Instant = .never) {
    let turn = loop.turn(until: latest)
    if turn.contains(.end) { isEnding = true }
    if turn.contains(.hangup) {
      say(.info, "SIGHUP changes nothing; to apply a file: cjdroute --reload < cjdroute.conf")
    }
    if turn.contains(.tunGone) { say(.error, "the TUN device has been deleted") }
    if turn.contains(.devices) {
      followDevices()
      followRadios()
    }
    if turn.contains(.admin) { answerRequests() }
    drain()
    loop.flush()
  }

  private func answerRequests() {
    let now = SystemClock.now
    let seconds = SystemClock.unixSeconds
    // Bounded, so that a flood of requests does not starve the packets.
    for _ in 0..<16 {
      guard let (request, source) = admin.receive() else { return }
      server.receive(
        request.span, from: source, node: &loop.node, at: now, unixSeconds: seconds,
        entropy: entropy, into: &loop.outbox)
      doEffects()
    }
  }

  /// Passes on what the node has to tell.
  private func drain() {
    while let event = loop.node.takeEvent() { pass(event) }
    doEffects()
  }

  @inline(never)
  private func pass(_ event: NodeEvent) {
    let seconds = SystemClock.unixSeconds
    switch event {
    case .log(let level, let line): log.write(level, line, unixSeconds: seconds)
    case .peering(.gone(_)): readStations()
    default: break
    }
    server.handle(event, node: &loop.node, at: SystemClock.now, unixSeconds: seconds)
  }

  private func doEffects() {
    while let effect = server.takeEffect() {
      switch effect {
      case .reply(let bytes, let address): admin.send(bytes, to: address)
      case .system(let request, let token): server.finish(token, run(request))
      }
    }
  }

  /// A line of its own for the log.
  @inline(never)
  func say(_ level: LogLevel, _ text: [UInt8], line: Int = #line) {
    pass(.log(level, LogLine(source: "cjdroute", line: line, text: text)))
  }

  @inline(never)
  func say(_ level: LogLevel, _ text: StaticString, line: Int = #line) {
    say(level, Text.make(text), line: line)
  }

  /// Whether a request to the admin socket is answered, as a client on this machine would ask: not
  /// if the loopback device is down or filtered.
  func answersItself() -> Bool {
    var own = admin.bound
    if own.isUnspecified { own = own.loopback }
    guard let probe = try? UDPSocket(bind: own.withPort(0)) else { return false }
    let room = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: 256)
    defer { room.deallocate() }
    let request = Text.make("d1:q4:pinge")
    for _ in 0..<10 {
      probe.send(request.span, to: own)
      let deadline = SystemClock.now + 200
      while SystemClock.now < deadline, !isEnding {
        turn(until: deadline)
        if probe.receive(into: room, source: &own) >= 0 { return true }
      }
    }
    return false
  }
}

extension LinkAddress {
  /// The loopback address of the same family and port.
  var loopback: LinkAddress {
    if family == .ipv4 { return .ipv4(127, 0, 0, 1, port: port) }
    var bytes = FixedBytes<16>()
    bytes[15] = 1
    return .ipv6(IPv6Address(bytes), port: port)
  }

  func withPort(_ port: UInt16) -> LinkAddress {
    var copy = self
    copy.port = port
    return copy
  }
}
