import Bytes
import Cryptography
import Node
import Peering
import Wire

/// Nodes and links in virtual time: the same seed gives the same run.
///
/// Nothing here is a model of a node: the nodes are whole, with real cryptography. Simulated are
/// the clock, the randomness and the links.
public final class Network {
  /// What a network costs the machine it runs on.
  public enum Scale: Sendable {
    /// Each node has a pool of so many frames, as a process of its own would.
    case apart(frameCount: Int)
    /// All share one pool, and nobody keeps events.
    case together(frameCount: Int)
  }

  public private(set) var now = Instant(milliseconds: 1000)
  public private(set) var nodes: [SimulatedNode] = []
  /// A hash of all frames and deliveries so far.
  public private(set) var digest: UInt64 = 0xcbf2_9ce4_8422_2325
  /// Frames, and their bytes, that were put on a link.
  public private(set) var frameCount = 0
  public private(set) var byteCount: UInt64 = 0
  /// Every frame that any node sends is shown to this first, and may be changed.
  public var tap: ((_ from: Int, _ to: Int, _ frame: [UInt8]) -> [UInt8])?
  /// Called once in each second of virtual time, for who wants to watch.
  public var pulse: ((Network) -> Void)?

  /// How often a link or a node came or went.
  public private(set) var changeCount = 0

  /// Frames that were not forwarded, and answers that lied.
  public private(set) var betrayalCount = 0

  private var agenda = Agenda()
  private var pulseSecond: UInt64 = 0
  private var cables: [UInt64: Cable] = [:]
  /// The numbers of the nodes, by the bytes of their addresses.
  private var numbers: [[UInt8]: Int] = [:]
  private var events = EventWheel()
  private var deadlines = DeadlineQueue()
  private let random: SeededEntropy
  private let seed: UInt64
  private let password: [UInt8] = Array("a password of the simulation".utf8)
  private let sharedPool: FramePool?
  private let ownFrameCount: Int

  public init(seed: UInt64, scale: Scale = .apart(frameCount: 96)) {
    self.seed = seed
    random = SeededEntropy(seed: seed)
    switch scale {
    case .apart(let frameCount):
      sharedPool = nil
      ownFrameCount = frameCount
    case .together(let frameCount):
      sharedPool = FramePool(frameCount: frameCount)
      ownFrameCount = 0
    }
  }

  /// A network of that shape, in which each link is opened by one of its ends.
  public convenience init(
    _ topology: Topology, seed: UInt64, scale: Scale = .apart(frameCount: 96),
    conditions: LinkConditions = .init(), options: (Int) -> NodeOptions = { _ in NodeOptions() }
  ) {
    self.init(seed: seed, scale: scale)
    for i in 0..<topology.nodeCount { _ = addNode(options(i)) }
    for edge in topology.edges(random) {
      var conditions = conditions
      if let latency = edge.latency { conditions.latency = latency }
      connect(edge.a, edge.b, conditions)
    }
  }

  // MARK: Building

  /// Adds a node and returns its number.
  public func addNode(_ options: NodeOptions = .init()) -> Int {
    let number = nodes.count
    precondition(number < 1 << 16)
    let address = LinkAddress.ipv4(
      10, 0, UInt8(number >> 8), UInt8(number & 255), port: 5000)
    let node = SimulatedNode(
      identity: .generate(random), linkAddress: address, options: options, password: password,
      pool: sharedPool ?? FramePool(frameCount: ownFrameCount),
      seed: seed &* 1009 &+ UInt64(number), at: now)
    if sharedPool != nil { node.node.logLevel = .error }
    nodes.append(node)
    numbers[(0..<IPv6Address.byteCount).map { node.address.bytes[$0] }] = number
    deadlines.append()
    node.start(at: now)
    collect(number)
    return number
  }

  /// Frames that nodes hold, all together.
  public var heldFrameCount: Int {
    if let sharedPool { return sharedPool.frameCount - sharedPool.availableCount }
    var count = 0
    for node in nodes { count += node.pool.frameCount - node.pool.availableCount }
    return count
  }

  /// Lays a link between `a` and `b`, which `a` opens.
  public func connect(_ a: Int, _ b: Int, _ conditions: LinkConditions = .init()) {
    precondition(a != b && cables[Self.key(a, b)] == nil, "one link for each pair")
    changeCount += 1
    cables[Self.key(a, b)] = Cable(a, b, conditions)
    let peer = nodes[b]
    nodes[a].dials.append((key: peer.identity.publicKey, address: peer.linkAddress))
    nodes[a].connect(peer.identity.publicKey, peer.linkAddress, at: now)
    collect(a)
  }

  private static func key(_ a: Int, _ b: Int) -> UInt64 {
    UInt64(min(a, b)) << 32 | UInt64(max(a, b))
  }

  /// Cuts the link between `a` and `b`, or mends it.
  public func setLink(_ a: Int, _ b: Int, up: Bool) {
    changeCount += 1
    cables[Self.key(a, b)]?.isUp = up
  }

  /// From now on the link between `a` and `b` behaves so.
  public func setConditions(_ a: Int, _ b: Int, _ conditions: LinkConditions) {
    cables[Self.key(a, b)]?.conditions = conditions
  }

  /// How the link between `a` and `b` behaves; nil if there is none, or it is cut.
  public func conditions(_ a: Int, _ b: Int) -> LinkConditions? {
    guard let cable = cables[Self.key(a, b)], cable.isUp else { return nil }
    return cable.conditions
  }

  /// The links, each once, in the order of their ends; those that are cut are left out.
  public var links: [Topology.Edge] {
    var links: [Topology.Edge] = []
    for key in cables.keys.sorted() {
      guard let cable = cables[key], cable.isUp else { continue }
      links.append(.init(cable.a, cable.b, latency: cable.conditions.latency))
    }
    return links
  }

  /// The node whose link has that address.
  public func number(of address: LinkAddress) -> Int? {
    guard address.family == .ipv4, address.port == 5000 else { return nil }
    let number = Int(address.bytes[2]) << 8 | Int(address.bytes[3])
    return number < nodes.count ? number : nil
  }

  /// Switches node `number` off: it hears nothing and does nothing.
  public func stop(_ number: Int) {
    changeCount += 1
    nodes[number].isOn = false
    nodes[number].changeCount += 1
    deadlines.set(number, .never)
  }

  /// Starts node `number` anew, with its identity, its configuration and what its state file says.
  public func restart(_ number: Int) {
    changeCount += 1
    nodes[number].isOn = true
    nodes[number].restart(at: now)
    if sharedPool != nil { nodes[number].node.logLevel = .error }
    collect(number)
  }

  // MARK: Disturbances

  /// Lets it happen in `milliseconds`, while the network runs.
  public func plan(_ disturbance: Disturbance, in milliseconds: UInt64) {
    agenda.insert(disturbance, at: now + milliseconds)
  }

  /// Lets it happen now.
  public func apply(_ disturbance: Disturbance) {
    switch disturbance {
    case .stop(let number): if nodes[number].isOn { stop(number) }
    case .start(let number): if !nodes[number].isOn { restart(number) }
    case .renumber(let number):
      // Slots by the order of connection, and another order than before.
      nodes[number].options.peering.slotFollowsKey = false
      nodes[number].dials.reverse()
      restart(number)
    case .cut(let a, let b): setLink(a, b, up: false)
    case .mend(let a, let b): setLink(a, b, up: true)
    case .behave(let number, let behaviour): nodes[number].behaviour = behaviour
    }
  }

  // MARK: Packets

  /// Lets the operating system of `from` send an IPv6 packet to `to`, with that protocol number.
  public func send(from: Int, to: Int, payload: [UInt8], nextHeader: UInt8 = 17) {
    send(from: from, toAddress: nodes[to].address, payload: payload, nextHeader: nextHeader)
  }

  public func send(
    from: Int, toAddress destination: IPv6Address, payload: [UInt8], nextHeader: UInt8 = 17
  ) {
    let sender = nodes[from]
    guard var frame = sender.pool.take() else { return }
    frame.append(payload.span)
    IPv6Header(
      payloadByteCount: UInt16(payload.count), nextHeader: nextHeader, hopLimit: 64,
      source: sender.address, destination: destination
    ).push(onto: &frame)
    sender.node.receiveFromTun(frame, at: now, into: &sender.outbox)
    collect(from)
  }

  /// Hands `frame` to node `to` as if it came from node `from`.
  public func inject(_ frame: [UInt8], from: Int, to: Int) {
    deliver(EventWheel.Event(from: Int32(from), to: Int32(to), frame: frame))
  }

  // MARK: Running

  /// Runs for `milliseconds`.
  public func run(for milliseconds: UInt64) {
    let end = now + milliseconds
    _ = run(until: end) { false }
  }

  /// Runs until `condition` holds, which is looked at after each step; false if it does not before
  /// `milliseconds` have passed.
  public func run(for milliseconds: UInt64, until condition: () -> Bool) -> Bool {
    run(until: now + milliseconds, condition)
  }

  private func run(until end: Instant, _ condition: () -> Bool) -> Bool {
    // Somebody may have talked to a node without the network's knowledge.
    for number in nodes.indices { noteDeadline(number) }
    var stepsOfThisInstant = 0
    while true {
      if condition() { return true }
      let due = min(deadlines.first?.deadline ?? .never, agenda.nextTime)
      let next = events.next(from: now, until: min(due, end + 1))
      guard next <= end else {
        now = end
        return condition()
      }
      stepsOfThisInstant = next <= now ? stepsOfThisInstant + 1 : 0
      precondition(stepsOfThisInstant < 100_000, "a node wants to be woken for ever")
      now = max(now, next)
      if let pulse, now.milliseconds / 1000 != pulseSecond {
        pulseSecond = now.milliseconds / 1000
        pulse(self)
      }
      while let disturbance = agenda.take(at: now) { apply(disturbance) }
      step()
    }
  }

  private func step() {
    while true {
      let arrivals = events.take(at: now)
      if arrivals.isEmpty { break }
      for event in arrivals { deliver(event) }
    }
    // Each at most once: what a node wants at once comes in the next step.
    var last = -1
    while let (number, deadline) = deadlines.first, deadline <= now, number > last {
      let node = nodes[number]
      node.node.wake(at: now, into: &node.outbox)
      node.dialRemembered(at: now)
      collect(number)
      last = number
    }
  }

  private func noteDeadline(_ number: Int) {
    let node = nodes[number]
    deadlines.set(number, node.isOn ? node.node.nextDeadline : .never)
  }

  private func deliver(_ event: EventWheel.Event) {
    let number = Int(event.to)
    let node = nodes[number]
    guard node.isOn, var frame = node.pool.take() else { return }
    mix(number, event.frame)
    frame.append(event.frame.span)
    let forwardedCount = node.node.counters.forwardedCount
    node.node.receive(
      frame, on: 0, from: nodes[Int(event.from)].linkAddress, at: now, into: &node.outbox)
    if node.behaviour != .honest {
      betray(
        node, event.frame, isForwarded: node.node.counters.forwardedCount != forwardedCount)
    }
    collect(number)
  }

  /// `node` has taken `frame`; if it was to be forwarded, its outbox begins with it.
  private func betray(_ node: SimulatedNode, _ frame: [UInt8], isForwarded: Bool) {
    if node.behaviour == .liar { node.liar.hear(frame) }
    guard isForwarded, !node.outbox.isEmpty,
      !node.behaviour.forwards(byteCount: frame.count)
    else { return }
    _ = node.outbox.pop()
    betrayalCount += 1
  }

  /// What a liar sends.
  private func lie(_ node: SimulatedNode, _ frame: [UInt8]) -> [UInt8] {
    var lie = frame
    let isLie = node.liar.change(&lie) { target in
      let known = target.flatMap { numbers[$0] }
      let number = known ?? Int(random.random(below: UInt64(nodes.count)))
      return nodes[number].identity.publicKey
    }
    guard isLie else { return frame }
    betrayalCount += 1
    return lie
  }

  /// Sends what a node that was called from outside has put into its outbox.
  public func flush(_ number: Int) { collect(number) }

  private func collect(_ number: Int) {
    let node = nodes[number]
    while let departure = node.outbox.pop() {
      var bytes = copy(departure.frame.span)
      if node.behaviour == .liar { bytes = lie(node, bytes) }
      switch departure.destination {
      case .tun:
        mix(number, bytes)
        node.deliveries.append(Delivery(time: now, packet: bytes))
      case .link(_, let address):
        guard let to = self.number(of: address) else { continue }
        transmit(tap?(number, to, bytes) ?? bytes, from: number, to: to)
      }
    }
    while let event = node.node.takeEvent() {
      if sharedPool == nil { node.events.append(event) }
    }
    noteDeadline(number)
  }

  private func transmit(_ frame: [UInt8], from: Int, to: Int) {
    nodes[from].sentByteCount += UInt64(frame.count)
    guard let cable = cables[Self.key(from, to)], cable.isUp else { return }
    let conditions = cable.conditions
    func happens(_ permille: UInt64) -> Bool {
      permille > 0 && random.random(below: 1000) < permille
    }
    frameCount += 1
    byteCount += UInt64(frame.count)
    if happens(conditions.lossPermille) { return }
    for _ in 0..<(happens(conditions.duplicatePermille) ? 2 : 1) {
      guard let wait = cable.queue(from: from, byteCount: frame.count, at: now.milliseconds)
      else { return }
      var time = now + wait + conditions.latency
      if conditions.jitter > 0 { time = time + random.random(below: conditions.jitter + 1) }
      if happens(conditions.delayPermille) { time = time + 4 * conditions.latency + 1 }
      events.insert(.init(from: Int32(from), to: Int32(to), frame: frame), at: time, now: now)
    }
  }

  private func copy(_ bytes: Span<UInt8>) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: bytes.count) { result, count in
      bytes.withUnsafeBufferPointer { _ = result.initialize(fromContentsOf: $0) }
      count = bytes.count
    }
  }

  // Time, place and bytes, by words; the same on every machine.
  private func mix(_ number: Int, _ bytes: [UInt8]) {
    func mix(_ word: UInt64) {
      digest = (digest ^ word) &* 0x100_0000_01b3
      digest ^= digest >> 29
    }
    mix(now.milliseconds << 24 | UInt64(number))
    let span = bytes.span
    var i = 0
    while i + 8 <= span.count {
      mix(span.load64(bigEndianAt: i))
      i += 8
    }
    while i < span.count {
      mix(UInt64(span[i]))
      i += 1
    }
  }
}
