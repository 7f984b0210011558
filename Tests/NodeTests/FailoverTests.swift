import Bytes
import Node
import Routing
import Simulation
import Testing

/// How long traffic stands still when a part of a ring is silent all of a sudden.
@Suite struct FailoverTests {
  /// Milliseconds without a packet from `from` to `to`, which is sent one each 100 ms (and sends
  /// back one for each if `isTwoWay`), after `fail`.
  private func gap(
    _ network: Network, from: Int = 0, to: Int, isTwoWay: Bool = false,
    _ fail: (Network) -> Void
  ) -> UInt64 {
    func send() {
      network.send(from: from, to: to, payload: [1])
      if isTwoWay { network.send(from: to, to: from, payload: [2]) }
      network.run(for: 100)
    }
    // The ring is known, and traffic flows.
    network.run(for: 60_000)
    for _ in 0..<50 { send() }
    fail(network)
    let failedAt = network.now
    network.nodes[to].deliveries.removeAll()
    for _ in 0..<400 {
      send()
      // What was on its way when it happened does not count.
      if let first = network.nodes[to].deliveries.first(where: { $0.time > failedAt + 100 }) {
        return first.time.since(failedAt)
      }
    }
    return .max
  }

  @Test(arguments: 4...7, [false, true])
  func `the first hop is cut silently`(count: Int, isTwoWay: Bool) {
    let network = Network(.ring(count), seed: UInt64(count))
    let time = gap(network, to: 1, isTwoWay: isTwoWay) { $0.setLink(0, 1, up: false) }
    #expect(time < 5000)
  }

  @Test(arguments: 5...8, [false, true])
  func `a node in the middle dies`(count: Int, isTwoWay: Bool) {
    let network = Network(.ring(count), seed: UInt64(10 + count))
    let time = gap(network, to: 2, isTwoWay: isTwoWay) { $0.stop(1) }
    #expect(time < 5000)
  }

  @Test(arguments: 7...9, [false, true])
  func `a link two hops away is cut silently`(count: Int, isTwoWay: Bool) {
    let network = Network(.ring(count), seed: UInt64(20 + count))
    let time = gap(network, to: 3, isTwoWay: isTwoWay) { $0.setLink(1, 2, up: false) }
    #expect(time < 5000)
  }
}
