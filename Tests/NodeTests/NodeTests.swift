import Bytes
import Node
import Simulation
import Testing

@Suite struct NetworkTests {
  @Test func `two nodes exchange packets with nothing configured but the link`() {
    let network = Network(.line(2), seed: 1)
    var checker = PairChecker()
    checker.check(network, for: 5000, interval: 50)
    #expect(checker.missing.isEmpty)
    print(checker.times, network.now)
  }

  @Test(arguments: [
    Topology.line(3), .line(8), .ring(6), .grid(width: 4, height: 4), .random(20, extra: 6),
  ])
  func `every node reaches every other`(topology: Topology) {
    let network = Network(topology, seed: 7)
    var checker = PairChecker()
    checker.check(network, for: 60_000)
    #expect(checker.missing.isEmpty)
    print(
      topology, "first", checker.times.min() ?? 0, "last", checker.times.max() ?? 0, "mean",
      checker.times.reduce(0, +) / UInt64(max(1, checker.times.count)), "missing",
      checker.missing.count, "frames", network.frameCount)
  }
}
