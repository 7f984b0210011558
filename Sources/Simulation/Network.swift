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
  /// Frames on their way, ordered by time and then by the order of sending.
  private struct Event {
    var time: Instant
    var order: UInt64
    var from: Int
    var to: Int
    var frame: [UInt8]
  }

  private struct Cable {
    var a: Int
    var b: Int
    var conditions: LinkConditions
    var isUp = true
  }

  public private(set) var now = Instant(milliseconds: 1000)
  public private(set) var nodes: [SimulatedNode] = []
  /// A hash of all frames and deliveries so far.
  public private(set) var digest: UInt64 = 0xcbf2_9ce4_8422_2325
  public private(set) var frameCount = 0
  /// Every frame that any node sends is shown to this first, and may be changed.
  public var tap: ((_ from: Int, _ to: Int, _ frame: [UInt8]) -> [UInt8])?

  private var cables: [Cable] = []
  private var events: [Event] = []
  private var order: UInt64 = 0
  private let random: SeededEntropy
  private let seed: UInt64
  private let password: [UInt8] = Array("a password of the simulation".utf8)

  public init(seed: UInt64) {
    self.seed = seed
    random = SeededEntropy(seed: seed)
  }

  /// A network of that shape, in which each link is opened by one of its ends.
  public convenience init(
    _ topology: Topology, seed: UInt64, conditions: LinkConditions = .init(),
    options: (Int) -> NodeOptions = { _ in NodeOptions() }
  ) {
    self.init(seed: seed)
    for i in 0..<topology.nodeCount { _ = addNode(options(i)) }
    for (a, b) in topology.edges(random) { connect(a, b, conditions) }
  }

  // MARK: Building

  /// Adds a node and returns its number.
  public func addNode(_ options: NodeOptions = .init(), frameCount: Int = 96) -> Int {
    let number = nodes.count
    let address = LinkAddress.ipv4(
      10, 0, UInt8(number >> 8), UInt8(number & 255), port: UInt16(5000 + number))
    let node = SimulatedNode(
      identity: .generate(random), linkAddress: address, options: options, password: password,
      frameCount: frameCount, seed: seed &* 1009 &+ UInt64(number), at: now)
    nodes.append(node)
    node.start(at: now)
    return number
  }

  /// Lays a link between `a` and `b`, which `a` opens.
  public func connect(_ a: Int, _ b: Int, _ conditions: LinkConditions = .init()) {
    cables.append(Cable(a: a, b: b, conditions: conditions))
    let peer = nodes[b]
    nodes[a].dials.append((key: peer.identity.publicKey, address: peer.linkAddress))
    nodes[a].connect(peer.identity.publicKey, peer.linkAddress, at: now)
    collect(a)
  }

  /// Cuts the link between `a` and `b`, or mends it.
  public func setLink(_ a: Int, _ b: Int, up: Bool) {
    for i in cables.indices where joins(cables[i], a, b) { cables[i].isUp = up }
  }

  /// From now on the link between `a` and `b` behaves so.
  public func setConditions(_ a: Int, _ b: Int, _ conditions: LinkConditions) {
    for i in cables.indices where joins(cables[i], a, b) { cables[i].conditions = conditions }
  }

  private func joins(_ cable: Cable, _ a: Int, _ b: Int) -> Bool {
    cable.a == a && cable.b == b || cable.a == b && cable.b == a
  }

  /// Switches node `number` off: it hears nothing and does nothing.
  public func stop(_ number: Int) { nodes[number].isOn = false }

  /// Starts node `number` anew, with nothing but its identity and configuration.
  public func restart(_ number: Int) {
    nodes[number].isOn = true
    nodes[number].restart(at: now)
    collect(number)
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
    deliver(Event(time: now, order: 0, from: from, to: to, frame: frame))
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
    var stepsOfThisInstant = 0
    while true {
      if condition() { return true }
      var next = events.first?.time ?? .never
      for node in nodes where node.isOn { next = min(next, node.node.nextDeadline) }
      guard next <= end else {
        now = end
        return condition()
      }
      stepsOfThisInstant = next <= now ? stepsOfThisInstant + 1 : 0
      precondition(stepsOfThisInstant < 100_000, "a node wants to be woken for ever")
      now = max(now, next)
      step()
    }
  }

  private func step() {
    while let event = events.first, event.time <= now {
      removeFirst()
      deliver(event)
    }
    for number in nodes.indices {
      let node = nodes[number]
      guard node.isOn, node.node.nextDeadline <= now else { continue }
      node.node.wake(at: now, into: &node.outbox)
      collect(number)
    }
  }

  private func deliver(_ event: Event) {
    let node = nodes[event.to]
    guard node.isOn, var frame = node.pool.take() else { return }
    mix(event.to, event.frame)
    frame.append(event.frame.span)
    node.node.receive(
      frame, on: 0, from: nodes[event.from].linkAddress, at: now, into: &node.outbox)
    collect(event.to)
  }

  /// Sends what a node that was called from outside has put into its outbox.
  public func flush(_ number: Int) { collect(number) }

  private func collect(_ number: Int) {
    let node = nodes[number]
    while let departure = node.outbox.pop() {
      let bytes = copy(departure.frame.span)
      switch departure.destination {
      case .tun:
        mix(number, bytes)
        node.deliveries.append(Delivery(time: now, packet: bytes))
      case .link(_, let address):
        guard let to = nodes.firstIndex(where: { $0.linkAddress == address }) else { continue }
        transmit(tap?(number, to, bytes) ?? bytes, from: number, to: to)
      }
    }
    while let event = node.node.takeEvent() { node.events.append(event) }
  }

  private func transmit(_ frame: [UInt8], from: Int, to: Int) {
    guard let cable = cables.first(where: { joins($0, from, to) }), cable.isUp else { return }
    let conditions = cable.conditions
    func happens(_ permille: UInt64) -> Bool {
      permille > 0 && random.random(below: 1000) < permille
    }
    frameCount += 1
    if happens(conditions.lossPermille) { return }
    for _ in 0..<(happens(conditions.duplicatePermille) ? 2 : 1) {
      var time = now + conditions.latency
      if conditions.jitter > 0 { time = time + random.random(below: conditions.jitter + 1) }
      if happens(conditions.delayPermille) { time = time + 4 * conditions.latency + 1 }
      order += 1
      insert(Event(time: time, order: order, from: from, to: to, frame: frame))
    }
  }

  private func copy(_ bytes: Span<UInt8>) -> [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(bytes.count)
    for i in 0..<bytes.count { result.append(bytes[i]) }
    return result
  }

  // FNV-1a over time, place and bytes.
  private func mix(_ number: Int, _ bytes: [UInt8]) {
    func mix(_ byte: UInt8) { digest = (digest ^ UInt64(byte)) &* 0x100_0000_01b3 }
    for shift: UInt64 in [0, 8, 16, 24, 32] {
      mix(UInt8(truncatingIfNeeded: now.milliseconds >> shift))
    }
    mix(UInt8(truncatingIfNeeded: number))
    for byte in bytes { mix(byte) }
  }

  // MARK: The queue, a binary heap

  private func isBefore(_ a: Int, _ b: Int) -> Bool {
    events[a].time == events[b].time
      ? events[a].order < events[b].order : events[a].time < events[b].time
  }

  private func insert(_ event: Event) {
    events.append(event)
    var i = events.count - 1
    while i > 0, isBefore(i, (i - 1) / 2) {
      events.swapAt(i, (i - 1) / 2)
      i = (i - 1) / 2
    }
  }

  private func removeFirst() {
    events.swapAt(0, events.count - 1)
    events.removeLast()
    var i = 0
    while true {
      var least = i
      for child in [2 * i + 1, 2 * i + 2] where child < events.count && isBefore(child, least) {
        least = child
      }
      if least == i { return }
      events.swapAt(i, least)
      i = least
    }
  }
}
