import Bytes
import Node
import Routing
import Testing

@testable import Simulation

@Suite struct ForgettingTests {
  @Test func `who was never reached is asked as long as users want it, then forgotten`() {
    // The far end is in no table of this end, so nobody says that the path is dead.
    let network = Network(.line(12), seed: 3) { _ in
      var options = NodeOptions()
      options.router.nodeCountMax = 3
      return options
    }
    network.run(for: 60_000)
    network.apply(.stop(9))
    let target = network.nodes[9].address
    for _ in 0..<10 {
      network.send(from: 0, to: 9, payload: [1, 2, 3])
      network.run(for: 1000)
    }
    let end = network.now
    let session = network.nodes[0].node.sessionRecord(address: target)
    #expect(session.map { $0.lastReceived == nil } == true)
    network.run(for: 20_000)
    let last = network.nodes[0].node.sessionRecord(address: target)?.lastSent
    #expect(last.map { $0.milliseconds < end.milliseconds + 10_000 } == true)
    network.run(for: 40_000)
    #expect(network.nodes[0].node.sessionRecord(address: target) == nil)
  }
}
