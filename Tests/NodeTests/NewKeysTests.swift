import Bytes
import Node
import Simulation
import Testing

@Suite struct NewKeysTests {
  /// Sends a packet each way between the ends of `network` each `pause` milliseconds, until
  /// `minutes` after the start.
  private func talk(_ network: Network, every pause: UInt64, until minutes: Double) {
    let end = Instant(milliseconds: UInt64(minutes * 60_000))
    while network.now < end {
      network.send(from: 0, to: 2, payload: [1])
      network.send(from: 2, to: 0, payload: [2])
      network.run(for: pause)
    }
  }

  /// How often a KEY has come from one end to the other.
  private func keyCount(_ network: Network) -> Int {
    var count = 0
    for (from, to) in [(0, 2), (2, 0)] {
      var line = ByteWriter()
      line.append("session with ")
      network.nodes[from].address.appendText(to: &line)
      line.append(" is open")
      for event in network.nodes[to].events {
        if case .log(_, let log) = event, log.text == line.bytes { count += 1 }
      }
    }
    return count
  }

  /// Three in a line with a session between the ends.
  private func start() -> Network {
    let network = Network(.line(3), seed: 9, conditions: LinkConditions(latency: 20))
    network.nodes[0].node.logLevel = .debug
    network.nodes[2].node.logLevel = .debug
    network.run(for: 3000)
    network.send(from: 0, to: 2, payload: [0])
    network.run(for: 2000)
    return network
  }

  @Test func `after an hour a session takes new keys in a pause of the traffic`() {
    let network = start()
    talk(network, every: 3000, until: 59)
    let before = keyCount(network)
    let sent = network.nodes[0].deliveries.count
    talk(network, every: 3000, until: 63)
    #expect(keyCount(network) == before + 1)
    #expect(network.nodes[0].deliveries.count == sent + 80)
    talk(network, every: 3000, until: 119)
    #expect(keyCount(network) == before + 1)
    talk(network, every: 3000, until: 123)
    #expect(keyCount(network) == before + 2)
  }

  @Test func `traffic without a pause goes on while new keys are made, ten minutes later`() {
    let network = start()
    talk(network, every: 3000, until: 59)
    let before = keyCount(network)
    talk(network, every: 600, until: 69)
    #expect(keyCount(network) == before)
    let first = (network.nodes[0].deliveries.count, network.nodes[2].deliveries.count)
    let start = network.now
    while network.now < Instant(milliseconds: 4_212_000) {
      network.send(from: 0, to: 2, payload: [1])
      network.send(from: 2, to: 0, payload: [2])
      network.run(for: 40)
    }
    let sent = Int(network.now.since(start) / 40)
    network.run(for: 100)
    #expect(keyCount(network) == before + 1)
    #expect(network.nodes[0].deliveries.count == first.0 + sent)
    #expect(network.nodes[2].deliveries.count == first.1 + sent)
  }

  @Test func `new keys are made although half of the packets are lost meanwhile`() {
    let network = start()
    talk(network, every: 3000, until: 59)
    let before = keyCount(network)
    network.setConditions(1, 2, LinkConditions(latency: 20, lossPermille: 500))
    talk(network, every: 3000, until: 62)
    network.setConditions(1, 2, LinkConditions(latency: 20))
    let (first, second) = (network.nodes[0].deliveries.count, network.nodes[2].deliveries.count)
    talk(network, every: 3000, until: 65)
    #expect(keyCount(network) > before)
    #expect(network.nodes[0].deliveries.count >= first + 59)
    #expect(network.nodes[2].deliveries.count >= second + 59)
    let after = keyCount(network)
    talk(network, every: 3000, until: 90)
    #expect(keyCount(network) == after)
  }
}
