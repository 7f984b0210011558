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
