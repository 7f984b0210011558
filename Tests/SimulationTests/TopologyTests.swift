import Cryptography
import Simulation
import Testing

@Suite struct TopologyTests {
  @Test(arguments: [
    Topology.line(7), .ring(7), .grid(width: 5, height: 3), .random(40, extra: 9),
    .geometric(200, degree: 6), .scaleFree(200, links: 2), .towns(4, size: 30, links: 2),
  ])
  func `every shape is in one piece, has each link once and is the same for a seed`(
    topology: Topology
  ) {
    let edges = topology.edges(SeededEntropy(seed: 5))
    #expect(edges == topology.edges(SeededEntropy(seed: 5)))
    let truth = Truth(nodeCount: topology.nodeCount, links: edges)
    #expect(truth.hops(from: 0).allSatisfy { $0 != Truth.unreachable })
    let ends = edges.map { [min($0.a, $0.b), max($0.a, $0.b)] }
    #expect(Set(ends).count == ends.count)
    #expect(ends.allSatisfy { $0[0] != $0[1] && $0[1] < topology.nodeCount })
  }

  @Test func `a neighbourhood has the degree it was asked for, hubs have many links`() {
    let radios = Topology.geometric(400, degree: 6).edges(SeededEntropy(seed: 6))
    #expect((900...1400).contains(radios.count))
    let hubs = Truth(
      nodeCount: 400, links: Topology.scaleFree(400, links: 2).edges(SeededEntropy(seed: 6)))
    let counts = (0..<400).map { hubs.linkCount(of: $0) }.sorted()
    #expect(counts[0] == 2 && counts[200] <= 3 && counts[399] >= 20)
  }
}
