import Bytes
import Cryptography
import Switching
import Wire

@testable import Routing

/// One node of a `TestNetwork`: a router, its switch, and what it was told.
final class TestNode {
  let key: PublicKey
  let address: IPv6Address
  var router: Router
  /// By slot: the node at the other end and its slot there.
  var wires: [Int: (node: Int, slot: Int)] = [:]
  var isSilent = false
  /// Its switch takes what is meant for it, and drops what it should forward.
  var forwards = true
  /// Replaces what the router answers to others, to lie.
  var liar: ((RouterMessage, Route) -> [UInt8]?)?

  var answeredLabels: [IPv6Address: Label] = [:]
  var deadReports = 0
  var ended: [(target: IPv6Address, found: Bool, at: Instant)] = []
  var steps = 0
  var done: [UInt32] = []
  var asked: [(token: UInt32, nodes: [Route]?)] = []
  var largestMessage = 0
  var badLabels = 0

  init(key: PublicKey, router: consuming Router) {
    self.key = key
    address = key.address
    self.router = router
  }

  var live: SlotSet {
    var slots = SlotSet()
    for slot in wires.keys { slots.insert(slot) }
    return slots
  }
}

/// Routers that are joined by switches without keys or links: labels, their widths and the way
/// back are real. Time is virtual, everything follows from the seed.
final class TestNetwork {
  private struct Event {
    var at: Instant
    var number: Int
    var node: Int
    var slot: Int
    var header: SwitchHeader
    var body: [UInt8]
    var from: PublicKey
    var to: PublicKey
    var isError: Bool
  }

  let entropy: SeededEntropy
  var now = Instant(milliseconds: 1000)
  var nodes: [TestNode] = []
  /// In thousandths, for each hop.
  var loss: UInt64 = 0
  var latency: UInt64 = 5
  /// Of single wires, by the nodes at their ends, the lower number first.
  var latencies: [[Int]: UInt64] = [:]
  var version: UInt32 = 21
  private let pool = FramePool(frameCount: 4)
  private var events: [Event] = []
  private var eventNumber = 0
  private(set) var hopCount = 0
  /// Queries of all nodes.
  private(set) var queryCounts = (ping: 0, peers: 0, find: 0)

  init(seed: UInt64) { entropy = SeededEntropy(seed: seed) }

  func makeKey() -> PublicKey {
    while true {
      var bytes = FixedBytes<32>()
      var span = bytes.mutableSpan
      entropy.fillPublic(&span)
      let key = PublicKey(bytes)
      if key.isUsable { return key }
    }
  }

  @discardableResult
  func add(limits: RouterLimits = .init()) -> TestNode {
    let key = makeKey()
    let router = Router(
      key: key, address: key.address, version: version, limits: limits, at: now, entropy: entropy)
    let node = TestNode(key: key, router: router)
    nodes.append(node)
    return node
  }

  func add(_ count: Int) { for _ in 0..<count { add() } }

  /// Forgets all that the node at `index` has learnt, as a restart does.
  func restart(_ index: Int) {
    let node = nodes[index]
    node.router = Router(
      key: node.key, address: node.address, version: version, limits: .init(), at: now,
      entropy: entropy)
  }

  private func freeSlot(_ index: Int) -> Int {
    for slot in 0...256 where slot != 1 && nodes[index].wires[slot] == nil { return slot }
    fatalError("no slot left")
  }

  func connect(_ a: Int, _ b: Int, slotA: Int? = nil, slotB: Int? = nil) {
    let slotA = slotA ?? freeSlot(a)
    let slotB = slotB ?? freeSlot(b)
    nodes[a].wires[slotA] = (b, slotB)
    nodes[b].wires[slotB] = (a, slotA)
    up(a, slotA)
    up(b, slotB)
  }

  private func up(_ index: Int, _ slot: Int) {
    let peer = nodes[nodes[index].wires[slot]!.node]
    nodes[index].router.peerUp(
      Route(
        key: peer.key, address: peer.address, version: version,
        label: EncodingScheme.v358.label(slot: slot)!),
      latency: UInt32(latency(index, nodes[index].wires[slot]!.node)), at: now)
    drain(index)
  }

  func disconnect(_ a: Int, _ b: Int, tellsRouter: Bool = true) {
    for (slot, wire) in nodes[a].wires where wire.node == b {
      nodes[a].wires[slot] = nil
      nodes[b].wires[wire.slot] = nil
      guard tellsRouter else { continue }
      nodes[a].router.peerGone(label: EncodingScheme.v358.label(slot: slot)!, at: now)
      nodes[b].router.peerGone(label: EncodingScheme.v358.label(slot: wire.slot)!, at: now)
      drain(a)
      drain(b)
    }
  }

  // MARK: Time

  func run(for milliseconds: UInt64, until isDone: () -> Bool = { false }) {
    let end = now + milliseconds
    while !isDone() {
      var next = end
      var waker: Int?
      for i in nodes.indices where !nodes[i].isSilent {
        let deadline = max(now, nodes[i].router.nextDeadline)
        if deadline < next {
          next = deadline
          waker = i
        }
      }
      if let first = events.last, first.at <= next, first.at <= end {
        events.removeLast()
        now = max(now, first.at)
        arrive(first)
      } else if let waker {
        now = next
        nodes[waker].router.wake(at: now, entropy: entropy)
        precondition(nodes[waker].router.nextDeadline > now, "a router wakes for nothing")
        drain(waker)
      } else {
        now = end
        return
      }
    }
  }

  // MARK: Messages

  func drain(_ index: Int) {
    let node = nodes[index]
    while let effect = node.router.takeEffect() {
      switch effect {
      case .send(let message, let route, _):
        count(message)
        let bits = route.label.bits
        if bits <= 1 || bits == .max || route.label.bitCount > 59 { node.badLabels += 1 }
        node.largestMessage = max(node.largestMessage, message.count)
        send(message, from: index, to: route)
      case .route(let route, .dead):
        node.deadReports += 1
        if node.answeredLabels[route.address] == route.label {
          node.answeredLabels[route.address] = nil
        }
      case .route(let route, .answered): node.answeredLabels[route.address] = route.label
      case .route: break
      case .searchEnded(let target, let found): node.ended.append((target, found, now))
      case .searchStep: node.steps += 1
      case .searchDone(let token): node.done.append(token)
      case .answered(let token, _, _, let nodes, _): node.asked.append((token, nodes))
      case .unanswered(let token, _): node.asked.append((token, nil))
      }
    }
  }

  private func count(_ message: [UInt8]) {
    switch (try? RouterMessage(message.span))?.query {
    case .ping: queryCounts.ping += 1
    case .peers: queryCounts.peers += 1
    case .find: queryCounts.find += 1
    default: break
    }
  }

  private func send(_ message: [UInt8], from index: Int, to route: Route) {
    var message = message
    let node = nodes[index]
    if let liar = node.liar, let read = try? RouterMessage(message.span), read.query == nil {
      guard let lie = liar(read, route) else { return }
      message = lie
    }
    step(
      index, slot: 1, SwitchHeader(label: route.label.bits), message, from: node.key,
      to: route.key, isError: false)
  }

  /// Takes a packet through the switch of the node at `index`.
  private func step(
    _ index: Int, slot: Int, _ header: SwitchHeader, _ body: [UInt8], from: PublicKey,
    to: PublicKey, isError: Bool
  ) {
    guard var frame = pool.take() else { fatalError("no frame left") }
    for _ in 0..<8 { frame.append([0].span) }
    header.push(onto: &frame)
    let forwarding = Switch.forward(&frame, from: slot, live: nodes[index].live)
    let after = try! SwitchHeader(frame.span)
    switch forwarding {
    case .to(let out):
      guard slot == 1 || nodes[index].forwards else { return }
      leave(index, out, after, body, from, to, isError)
    case .toRouter: deliver(index, after, body, from, to, isError)
    case .errorBack:
      // The quote: the label as it arrived, and how much of it was used up.
      var quote: [UInt8] = []
      for i in 0..<8 {
        quote.append(UInt8(truncatingIfNeeded: header.label >> UInt64(56 - 8 * i)))
      }
      quote.append(header.labelShift)
      if slot == 1 {
        deliver(index, after, quote, from, from, true)
      } else {
        leave(index, slot, after, quote, from, from, true)
      }
    case .drop: break
    }
  }

  private func leave(
    _ index: Int, _ slot: Int, _ header: SwitchHeader, _ body: [UInt8], _ from: PublicKey,
    _ to: PublicKey, _ isError: Bool
  ) {
    hopCount += 1
    guard let wire = nodes[index].wires[slot], entropy.random(below: 1000) >= loss else { return }
    eventNumber += 1
    let event = Event(
      at: now + latency(index, wire.node), number: eventNumber, node: wire.node, slot: wire.slot,
      header: header,
      body: body, from: from, to: to, isError: isError)
    let position =
      events.lastIndex { ($0.at, $0.number) > (event.at, event.number) }.map { $0 + 1 } ?? 0
    events.insert(event, at: position)
  }

  private func latency(_ a: Int, _ b: Int) -> UInt64 {
    latencies[[min(a, b), max(a, b)]] ?? latency
  }

  private func arrive(_ event: Event) {
    step(
      event.node, slot: event.slot, event.header, event.body, from: event.from, to: event.to,
      isError: event.isError)
  }

  private func deliver(
    _ index: Int, _ header: SwitchHeader, _ body: [UInt8], _ from: PublicKey, _ to: PublicKey,
    _ isError: Bool
  ) {
    let node = nodes[index]
    let path = Label(header.label).reversed
    // A session opens only what is meant for it.
    guard node.key == to, !node.isSilent else { return }
    if isError {
      // What of the label was left is the end of the whole: without it, the way to the switch.
      let place = path.prefix(bitCount: Int(body[8]))
      node.router.receiveError(.malformedAddress, from: place, failed: path, at: now)
    } else {
      node.router.receive(
        body.span, from: from, address: from.address, path: path, at: now, entropy: entropy)
    }
    drain(index)
  }

  // MARK: Questions

  /// The path to `target` in the table of the node at `index`.
  func route(_ index: Int, to target: Int) -> Route? {
    nodes[index].router.route(to: nodes[target].address)
  }

  /// The place of `target` in the table of the node at `index`, which must have it.
  func index(_ index: Int, of target: Int) -> Int {
    nodes[index].router.table.index(of: nodes[target].address)!
  }

  func nodeCount(_ index: Int) -> Int { nodes[index].router.nodeCount }

  func ask(_ query: Router.Query, of route: Route, timeout: UInt64?, token: UInt32) -> Bool {
    defer { drain(0) }
    return nodes[0].router.ask(
      query, of: route, timeout: timeout, token: token, at: now, entropy: entropy)
  }

  /// Where a packet with `label` from the node at `index` ends; nil if it gets lost.
  func end(of label: Label, from index: Int) -> Int? {
    var header = SwitchHeader(label: label.bits)
    var place = index
    var slot = 1
    for _ in 0..<64 {
      guard var frame = pool.take() else { return nil }
      for _ in 0..<8 { frame.append([0].span) }
      header.push(onto: &frame)
      let forwarding = Switch.forward(&frame, from: slot, live: nodes[place].live)
      header = try! SwitchHeader(frame.span)
      switch forwarding {
      case .to(let out):
        guard let wire = nodes[place].wires[out] else { return nil }
        (place, slot) = wire
      case .toRouter: return place
      default: return nil
      }
    }
    return nil
  }

  /// Searches, and runs until it has ended. Returns whether it was found and how long it took.
  func search(_ from: Int, for target: Int) -> (found: Bool, milliseconds: UInt64, queries: UInt64)
  {
    let node = nodes[from]
    let start = now
    let before = node.router.counters.searchQueries
    node.ended.removeAll()
    node.router.search(for: nodes[target].address, at: now, entropy: entropy)
    drain(from)
    run(for: 60_000) { !node.ended.isEmpty }
    guard let end = node.ended.last else { return (false, 60_000, 0) }
    return (end.found, now.since(start), node.router.counters.searchQueries - before)
  }

  var maintenanceQueries: UInt64 {
    var count: UInt64 = 0
    for node in nodes { count += node.router.counters.maintenanceQueries }
    return count
  }
}
