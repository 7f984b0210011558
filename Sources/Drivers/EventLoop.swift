import Bytes
import CSystem
import Cryptography
import Node
import Wire

/// Moves frames between the kernel and the node, in batches, and wakes the node in time. One turn
/// is one wait for anything to do, and all of that done.
public final class EventLoop {
  /// What the caller has to look after.
  public struct Turn: OptionSet, Sendable {
    public let rawValue: UInt8
    public init(rawValue: UInt8) { self.rawValue = rawValue }
    /// Requests wait on the admin socket.
    public static var admin: Turn { Turn(rawValue: 1) }
    /// A signal asks the process to end.
    public static var end: Turn { Turn(rawValue: 2) }
    /// The TUN device has been taken away; it was closed.
    public static var tunGone: Turn { Turn(rawValue: 4) }
    /// A network device has come, gone or changed.
    public static var devices: Turn { Turn(rawValue: 8) }
    /// Somebody sent SIGHUP.
    public static var hangup: Turn { Turn(rawValue: 16) }
  }

  /// What a descriptor that can be read is: the lower bits are the number of the link.
  private enum Token {
    static var signals: UInt32 { 1 << 16 }
    static var admin: UInt32 { 2 << 16 }
    static var tun: UInt32 { 3 << 16 }
    static var link: UInt32 { 4 << 16 }
    static var beacon: UInt32 { 5 << 16 }
    static var ethernet: UInt32 { 6 << 16 }
    /// In place of a number, if it is that of the air.
    static var air: UInt32 { 1 }
    static var devices: UInt32 { 7 << 16 }
    static var number: UInt32 { 0xffff }
  }

  /// Frames of the whole process: what the kernel fills in one turn, what the outbox holds of it,
  /// and what waits inside the node for a session or a path.
  private static var frameCount: Int { 512 }
  private static var outboxCapacity: Int { 256 }
  /// The outbox is emptied when it is that full, before more is received.
  private static var outboxMark: Int { 128 }
  private static var tokenRoom: Int { 32 }

  public var node: Node
  public var outbox = Outbox(capacity: EventLoop.outboxCapacity)
  /// The device of the operating system's own packets.
  public private(set) var tun: TunDevice?
  /// By the node's numbers.
  public private(set) var links: [UDPLink?] = []
  /// What carries the links that are none of these.
  public private(set) var ethernet: EthernetSocket?
  private var servesAir = false

  private let pool: FramePool
  private let loop: Int32
  private let signals: Int32
  private let tokens: UnsafeMutablePointer<UInt32>
  private var tunWanted = 1
  /// The links that have something to flush.
  private var sending: [Int] = []

  /// With a node of that identity, and without links or a device.
  public init(
    identity: Identity, options: NodeOptions = .init(), entropy: Entropy
  ) throws(SystemError) {
    let loop = try checked(cs_loop_open())
    let signals = cs_signals_open()
    guard signals >= 0, cs_loop_add(loop, signals, Token.signals) >= 0 else {
      cs_close(signals)
      cs_close(loop)
      throw SystemError(signals)
    }
    self.loop = loop
    self.signals = signals
    tokens = .allocate(capacity: Self.tokenRoom)
    pool = FramePool(frameCount: Self.frameCount)
    node = Node(
      identity: identity, options: options, pool: pool, entropy: entropy, at: SystemClock.now)
  }

  deinit {
    cs_close(signals)
    cs_close(loop)
    tokens.deallocate()
  }

  // MARK: What it serves

  /// Adds a link to the node; nil if the node has no room for it.
  public func add(_ link: UDPLink) -> Int? {
    guard let number = node.addLink(family: link.bound.family) else { return nil }
    while links.count <= number { links.append(nil) }
    links[number] = link
    cs_loop_add(loop, link.socket.descriptor, Token.link | UInt32(number))
    return number
  }

  /// Serves the links of that socket, of which the caller tells the devices; once more, after it
  /// has been opened for the air, those too.
  public func serve(_ socket: EthernetSocket) throws(SystemError) {
    if ethernet == nil {
      try checked(cs_loop_add(loop, socket.descriptor, Token.ethernet))
      try checked(cs_loop_add(loop, socket.news, Token.devices))
      try socket.start(air: false)
      ethernet = socket
    }
    if socket.airDescriptor >= 0, !servesAir {
      try checked(cs_loop_add(loop, socket.airDescriptor, Token.ethernet | Token.air))
      try socket.start(air: true)
      servesAir = true
    }
  }

  /// Hears beacons on a link from now on.
  public func listenForBeacons(link number: Int) throws(SystemError) {
    guard links.indices.contains(number), let link = links[number] else { throw .missing }
    guard link.beaconSocket == nil else { return }
    try link.listenForBeacons()
    guard let socket = link.beaconSocket else { return }
    try checked(cs_loop_add(loop, socket.socket.descriptor, Token.beacon | UInt32(number)))
  }

  /// Takes a device in the place of the one before, which is closed; nil: none.
  public func setTun(_ device: TunDevice?) {
    if let tun { cs_loop_remove(loop, tun.descriptor) }
    tun = device
    if let device { cs_loop_add(loop, device.descriptor, Token.tun) }
  }

  public func watch(_ admin: AdminSocket) {
    cs_loop_add(loop, admin.descriptor, Token.admin)
  }

  // MARK: A turn

  /// Waits until there is something to do, or until `latest`, and does it. Afterwards the caller
  /// takes the node's events, does its own, and calls `flush`.
  public func turn(until latest: Instant = .never) -> Turn {
    var turn: Turn = []
    let deadline = min(node.nextDeadline, latest)
    let count = cs_loop_wait(
      loop, tokens, Int32(Self.tokenRoom), Self.pause(until: deadline, at: SystemClock.now))
    let now = SystemClock.now
    for i in 0..<max(0, Int(count)) {
      let number = Int(tokens[i] & Token.number)
      switch tokens[i] & ~Token.number {
      case Token.link: receive(link: number, at: now)
      case Token.tun: if !receiveFromTun(at: now) { turn.insert(.tunGone) }
      case Token.ethernet: receiveFromEthernet(air: number != 0, at: now)
      case Token.beacon: receiveBeacons(link: number, at: now)
      case Token.devices: turn.insert(.devices)
      case Token.admin: turn.insert(.admin)
      default:
        switch Int(cs_signals_take(signals)) {
        case CS_SIGNAL_END: turn.insert(.end)
        case CS_SIGNAL_HANGUP: turn.insert(.hangup)
        default: break
        }
      }
    }
    if node.nextDeadline <= now { node.wake(at: now, into: &outbox) }
    flush()
    return turn
  }

  private static func pause(until deadline: Instant, at now: Instant) -> Int32 {
    if deadline == .never { return -1 }
    return Int32(min(deadline.since(now), 3_600_000))
  }

  private func receive(link number: Int, at now: Instant) {
    guard links.indices.contains(number), let link = links[number] else { return }
    link.receive(pool: pool)
    var source = LinkAddress()
    while let frame = link.next(pool: pool, source: &source) {
      node.receive(frame, on: number, from: source, at: now, into: &outbox)
      if outbox.count >= Self.outboxMark { flush() }
    }
  }

  private func receiveFromEthernet(air: Bool, at now: Instant) {
    guard let ethernet else { return }
    ethernet.receive(pool: pool, air: air)
    while let arrival = ethernet.next() {
      let (link, source) = (arrival.link, arrival.source)
      if arrival.signal != 0 {
        node.heard(
          signal: arrival.signal, bitRate: ethernet.bitRate(of: link), from: source, on: link)
      }
      if arrival.isBroadcast {
        node.receiveBeacon(arrival.takeFrame(), on: link, from: source, at: now, into: &outbox)
      } else {
        node.receive(arrival.takeFrame(), on: link, from: source, at: now, into: &outbox)
      }
      if outbox.count >= Self.outboxMark { flush() }
    }
  }

  /// False if the device is no more.
  private func receiveFromTun(at now: Instant) -> Bool {
    guard let tun else { return true }
    var received = 0
    while received < tunWanted {
      switch tun.receive(pool: pool) {
      case .packet(let packet):
        node.receiveFromTun(packet, at: now, into: &outbox)
        if outbox.count >= Self.outboxMark { flush() }
        received += 1
      case .none:
        tunWanted = max(1, received)
        return true
      case .gone:
        setTun(nil)
        return false
      }
    }
    // All that was wanted came: there may be more next time. A read that finds nothing costs as
    // much as one that does.
    tunWanted = min(2 * tunWanted, FrameBatch.capacity)
    return true
  }

  private func receiveBeacons(link number: Int, at now: Instant) {
    guard links.indices.contains(number), let link = links[number] else { return }
    var source = LinkAddress()
    var left = FrameBatch.capacity
    while left > 0, let frame = link.nextBeacon(pool: pool, source: &source) {
      node.receiveBeacon(frame, on: number, from: source, at: now, into: &outbox)
      left -= 1
    }
  }

  /// Hands all that the node wants sent to the kernel.
  @_optimize(speed)
  public func flush() {
    guard !outbox.isEmpty else { return }
    while let departure = outbox.pop() {
      switch departure.destination {
      case .tun:
        if let tun { tun.send(departure.takeFrame()) }
      case .link(let number, let address):
        guard links.indices.contains(number), let link = links[number] else {
          ethernet?.send(departure.takeFrame(), to: address, on: number)
          continue
        }
        if !link.isSending { sending.append(number) }
        link.send(departure.takeFrame(), to: address)
      }
    }
    while let number = sending.popLast() { links[number]?.flush() }
    ethernet?.flush()
  }
}
