import Bytes
import Cryptography
import Node
import Routing
import Switching
import Testing

@testable import Simulation

@Suite struct BehaviourTests {
  private func pings(_ network: Network, from start: Int, to end: Int) throws -> Bool {
    let label = try #require(Trace.label(network, from: start, to: end))
    let node = network.nodes[start]
    node.events.removeAll()
    _ = node.node.switchPing(
      .ping, label: label, data: Span<UInt8>(), timeout: 400, token: 7, at: network.now,
      into: &node.outbox)
    network.flush(start)
    network.run(for: 500)
    return node.events.contains {
      if case .switchPing(7, let result) = $0 { result.outcome == .pong } else { false }
    }
  }

  private func carries(_ network: Network, from start: Int, to end: Int) -> Bool {
    network.nodes[end].deliveries.removeAll()
    network.send(
      from: start, to: end, payload: Probe(number: 1, sentAt: network.now).payload)
    network.run(for: 300)
    return !network.nodes[end].deliveries.isEmpty
  }

  @Test func `what should be forwarded is dropped, and only that`() throws {
    let network = Network(.line(3), seed: 1)
    network.run(for: 4000)
    network.send(from: 0, to: 2, payload: [1])
    network.run(for: 2000)
    #expect(try carries(network, from: 0, to: 2) && pings(network, from: 0, to: 2))
    network.apply(.behave(1, .dropsData))
    #expect(try !carries(network, from: 0, to: 2) && pings(network, from: 0, to: 2))
    #expect(carries(network, from: 0, to: 1) && carries(network, from: 1, to: 2))
    network.apply(.behave(1, .dropsAll))
    #expect(try !carries(network, from: 0, to: 2) && !pings(network, from: 0, to: 2))
    #expect(try pings(network, from: 0, to: 1))
    let count = network.betrayalCount
    #expect(count >= 3)
    network.apply(.behave(1, .honest))
    #expect(carries(network, from: 0, to: 2) && network.betrayalCount == count)
  }

  @Test(arguments: 4...8 as ClosedRange<UInt64>)
  func `users leave a way on which only routers are heard, in both directions`(
    seed: UInt64
  ) throws {
    let network = Network(.ring(6), seed: seed)
    network.run(for: 8000)
    let label = try #require(Trace.nodes(network, from: 0, to: 2))
    #expect(label == [0, 1, 2])
    network.apply(.behave(1, .dropsData))
    var traffic = Traffic([Pair(from: 0, to: 2)], interval: 500)
    traffic.run(network, for: 8000)
    traffic.mark(network)
    traffic.run(network, for: 3000)
    #expect(traffic.arrivedCount >= traffic.sentCount - 2)
    #expect(network.betrayalCount > 0)
  }

  @Test func `an answer becomes a lie, which is as long`() throws {
    let random = SeededEntropy(seed: 2)
    let keys = (0..<9).map { _ in Identity.generate(random).publicKey }
    let wanted = keys[8]
    let scheme = EncodingScheme.v358
    let number = [UInt8](repeating: 0x30, count: 14)
    let query = RouterMessage(
      query: .find, transaction: number, version: 21, scheme: scheme, form: 0)
    query.target = (0..<16).map { wanted.address.bytes[$0] }
    let answer = RouterMessage(
      query: nil, transaction: number, version: 21, scheme: scheme, form: 0)
    answer.nodes = keys[..<8].enumerated().map {
      ListedNode(key: $1, label: scheme.label(slot: $0 + 2) ?? .here, version: 21)
    }
    let head: [UInt8] = [1, 2, 3]
    var liar = Liar()
    liar.hear(head + query.encoded)
    let truth = head + answer.encoded
    var lie = truth
    let isChanged = liar.change(&lie) { target in
      target == nil ? keys[0] : target == query.target ? wanted : keys[1]
    }
    #expect(isChanged && lie.count == truth.count)
    let read = try RouterMessage(Array(lie.dropFirst(3)).span)
    #expect(read.nodes.map(\.key) == Array(repeating: keys[0], count: 7) + [wanted])
    #expect(read.nodes.map(\.label) != answer.nodes.map(\.label))
    var question = head + query.encoded
    #expect(!liar.change(&question) { _ in keys[0] })
  }

  @Test(arguments: [Behaviour.dropsData, .dropsAll])
  func `others find a way around one who drops`(behaviour: Behaviour) {
    let network = Network(.grid(width: 3, height: 3), seed: 3)
    network.run(for: 8000)
    var betrayal = Betrayal(behaviour, roundCount: 1, pairCount: 20, seed: 3)
    (betrayal.settle, betrayal.window, betrayal.rest) = (1000, 3000, 0)
    let result = betrayal.check(network)
    #expect(result.betrayalCount > 0)
    #expect(result.reachability.count == 1)
    #expect(result.reachability[0].pairCount == 20)
    #expect(result.reachability[0].reachedCount == 20)
  }

  @Test(arguments: [1, 2] as [UInt64])
  func `a hub that drops users' packets costs nobody his first one`(seed: UInt64) {
    let network = Network(.scaleFree(60, links: 2), seed: seed)
    network.run(for: 60_000)
    var betrayal = Betrayal(.dropsData, roundCount: 1, pairCount: 100, seed: seed)
    (betrayal.settle, betrayal.window, betrayal.rest) = (1000, 10_000, 0)
    let result = betrayal.check(network)
    #expect(result.betrayalCount > 20)
    #expect(result.reachability[0].pairCount == 100)
    #expect(result.reachability[0].reachedCount == 100)
    #expect(result.reachability[0].soonCount >= 95)
  }
}
