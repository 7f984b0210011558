import Bytes
import Cryptography
import Node
import Peering
import Switching
import Testing

@testable import Simulation

@Suite struct TruthTests {
  /// A ring of five in which the way by 4 is long.
  private let ring = Truth(
    nodeCount: 6,
    links: [
      .init(0, 1, latency: 5), .init(1, 2, latency: 5), .init(2, 3, latency: 5),
      .init(3, 4, latency: 50), .init(4, 0, latency: 1),
    ])

  @Test func `the fewest hops and the fewest milliseconds are different ways`() {
    #expect(ring.hops(from: 0) == [0, 1, 2, 2, 1, Truth.unreachable])
    #expect(ring.milliseconds(from: 0) == [0, 5, 10, 15, 1, Truth.unreachable])
    #expect(ring.milliseconds(along: [0, 4, 3]) == 51)
    #expect(ring.milliseconds(along: [0, 3]) == nil)
  }

  @Test func `what is cut or isolated is not on the way`() {
    var truth = ring
    truth.cut(2, 1)
    #expect(truth.hops(from: 0) == [0, 1, 3, 2, 1, Truth.unreachable])
    truth.isolate(4)
    #expect(truth.hops(from: 0) == [0, 1] + Array(repeating: Truth.unreachable, count: 4))
    #expect(truth.connects(2, 3) && !truth.connects(0, 3))
  }

  @Test func `fourteen hops of narrow slots fit, fifteen do not`() {
    let line = Truth(nodeCount: 20, links: (1..<20).map { .init($0, $0 - 1, latency: 3) })
    #expect(line.bits(from: 0)[14] == 56 && line.bits(from: 0)[15] == Truth.unreachable)
    #expect(line.fits(0, 14) && !line.fits(0, 15) && line.connects(0, 15))
    #expect(line.hops(from: 2, to: 16) == 14 && line.milliseconds(from: 2, to: 16) == 42)
    #expect(line.hops(from: 2, to: 17) == Truth.unreachable)
  }

  @Test func `a director is as wide as the slots on both sides need`() {
    // 2 is a hub that has everybody in wide slots, 3 one that has so in the widest.
    let links: [Topology.Edge] = [.init(0, 1), .init(1, 2), .init(2, 3), .init(3, 4)]
    let truth = Truth(nodeCount: 5, links: links) { of, _ in of == 2 ? 8 : of == 3 ? 33 : 2 }
    // 4, 4, 7, 10: the last one's own director is not part of the label.
    #expect(truth.bits(from: 0) == [0, 4, 8, 15, 25])
    #expect(truth.bits(from: 4) == [25, 21, 14, 4, 0])
    // At 1 the slot towards 0 is wide, which the narrow one towards 2 has to make up for.
    let back = Truth(nodeCount: 3, links: [.init(0, 1), .init(1, 2)]) { of, to in
      of == 1 && to == 0 ? 40 : 2
    }
    #expect(back.bits(from: 0)[2] == 14 && back.bits(from: 2)[0] == 14)
  }

  @Test func `the shortest path that fits may be longer than the shortest`() {
    // From 0 to 13 over twelve others, the last of which is a hub, or around it.
    var links = (1..<14).map { Topology.Edge($0, $0 - 1, latency: 1) }
    links += [.init(11, 14, latency: 5), .init(14, 13, latency: 5)]
    let slot = { (of: Int, _: Int) in of == 12 ? 40 : 1 + of % 3 }
    let truth = Truth(nodeCount: 15, links: links, slot: slot)
    #expect(truth.hops(from: 0, to: 13) == 13 && truth.milliseconds(from: 0, to: 13) == 13)
    links.append(.init(15, 0, latency: 1))
    let longer = Truth(nodeCount: 16, links: links, slot: slot)
    #expect(longer.milliseconds(from: 15)[13] == 14)
    #expect(longer.hops(from: 15, to: 13) == 14 && longer.milliseconds(from: 15, to: 13) == 22)
  }

  /// The label along `path`; nil if it cannot be written.
  private func label(_ network: Network, along path: [Int]) -> Label? {
    let scheme = EncodingScheme.v358
    var label = Label.here
    for i in path.indices.dropLast() {
      let slots = Trace.slots(network, of: path[i])
      guard let slot = slots[path[i + 1]], var form = scheme.canonicalForm(slot: slot) else {
        return nil
      }
      if i > 0, let back = slots[path[i - 1]] {
        form = max(form, scheme.canonicalForm(slot: back) ?? 0)
      }
      guard let director = scheme.director(slot: slot, form: form) else { return nil }
      let hop = Label(1 << UInt64(scheme.forms[form].width) | director)
      label = .splice(hop, behind: label)
      if label == .unreachable { return nil }
    }
    return label
  }

  @Test func `what fits is what a packet gets through along`() throws {
    // A chain from 0 to the hub 15, which has thirty-five more.
    let hub = 15
    let network = Network(seed: 3)
    for _ in 0..<hub + 36 { _ = network.addNode() }
    for i in 1...hub { network.connect(i, i - 1) }
    for i in hub + 1..<hub + 36 { network.connect(i, hub) }
    network.run(for: 4000)
    let truth = Truth(network)
    let slots = Trace.slots(network, of: hub).filter { $0.key > hub }
    let widest = try #require(slots.max { $0.value < $1.value })
    #expect(widest.value > 32)
    var answered = 0
    for (start, end) in (0..<hub).flatMap({ [($0, widest.key), (widest.key, $0), ($0, hub)] }) {
      let path = start <= end ? Array(start...min(end, hub)) : (end...hub).reversed()
      let whole = start > hub ? [start] + path : end > hub ? path + [end] : path
      var isThere = false
      if let label = label(network, along: whole) {
        let node = network.nodes[start]
        node.events.removeAll()
        _ = node.node.switchPing(
          .ping, label: label, data: Span<UInt8>(), timeout: 500, token: 7, at: network.now,
          into: &node.outbox)
        network.flush(start)
        network.run(for: 600)
        for event in node.events {
          if case .switchPing(7, let result) = event { isThere = result.outcome == .pong }
        }
      }
      #expect(isThere == truth.fits(start, end), "from \(start) to \(end)")
      if isThere { answered += 1 }
    }
    #expect(answered > 30 && answered < 3 * hub)
  }

  @Test func `links that are cut, and nodes that are off, are no part of it`() {
    let network = Network(.ring(5), seed: 1)
    network.setLink(0, 1, up: false)
    #expect(Truth(network).hops(from: 0)[1] == 4)
    network.stop(3)
    #expect(!Truth(network).connects(0, 1))
  }

  @Test func `a label is followed through the slots of the nodes`() throws {
    let network = Network(.line(4), seed: 2)
    network.run(for: 5000)
    network.send(from: 0, to: 3, payload: [1])
    network.run(for: 3000)
    #expect(network.nodes[3].deliveries.count == 1)
    #expect(Trace.nodes(network, from: 0, to: 3) == [0, 1, 2, 3])
    #expect(Trace.nodes(network, from: 3, to: 1) == [3, 2, 1])
    #expect(Trace.nodes(network, from: 0, along: .here) == [0])
    let label = try #require(Trace.label(network, from: 0, to: 3))
    let nobody = try #require(EncodingScheme.v358.label(slot: 200))
    #expect(Trace.nodes(network, from: 0, along: .splice(nobody, behind: label)) == nil)
    #expect(Trace.nodes(network, from: 0, along: .unreachable) == nil)
  }
}
