import Bytes
import Cryptography
import Routing
import Sessions
import Simulation
import Switching
import Testing
import Wire

@testable import Node

private func payload(_ number: Int) -> [UInt8] { Array("packet \(number)".utf8) }

/// Everything that somebody on the way, or at the other end, can throw at a node.
@Suite struct HostileTests {
  /// Lets node 0 send `content` along `label` behind a switch header of its own.
  private func send(_ network: Network, _ content: [UInt8], along label: Label) {
    let node = network.nodes[0]
    guard var frame = node.pool.take() else { return }
    frame.append(content.span)
    node.node.send(frame, along: label, at: network.now, into: &node.outbox)
    network.flush(0)
  }

  private func label(_ network: Network, to number: Int) -> Label {
    let route = network.nodes[0].node.route(to: network.nodes[number].address)
    return route?.label ?? .unknown
  }

  @Test func `a flood of handshakes leaves established sessions and memory untouched`() {
    let network = Network(.line(3), seed: 50) { _ in
      var options = NodeOptions()
      options.limits.strangerCountMax = 6
      return options
    }
    var checker = PairChecker()
    checker.check(network, for: 5000)
    #expect(checker.missing.isEmpty)
    let target = network.nodes[2]
    let before = target.node.sessionRecord(address: network.nodes[1].address)
    let count = target.node.sessionCount
    let trials = target.node.counters.handshakeTrialCount
    let entropy = SeededEntropy(seed: 51)
    let label = label(network, to: 2)
    let start = network.now
    var delivered = 0
    for round in 0..<40 {
      let forger = Identity.generate(entropy)
      for copy in 0..<8 {
        let session = EndToEndSession(
          identity: forger, key: target.identity.publicKey, address: target.address,
          receiveHandle: UInt32(1000 + copy), byStranger: false, at: network.now)
        guard var frame = network.nodes[0].pool.take() else { continue }
        DataHeader(contentType: DataHeader.routerMessage).push(onto: &frame)
        session.seal(&frame, at: network.now, entropy: entropy)
        var bytes = (0..<frame.count).map { frame.span[$0] }
        // Half of them are not even authentic.
        if copy % 2 == 0 { bytes[80] ^= 1 }
        send(network, bytes, along: label)
      }
      network.send(from: 1, to: 2, payload: payload(round))
      network.run(for: 50)
      delivered = target.deliveries.count
    }
    #expect(delivered == 40)
    #expect(target.node.sessionCount <= count + 6)
    let spent = target.node.counters.handshakeTrialCount - trials
    let seconds = network.now.since(start) / 1000 + 1
    #expect(spent > 0 && spent <= 16 + 6 * seconds)
    #expect(target.node.counters.handshakeLimitedCount > 200)
    let after = target.node.sessionRecord(address: network.nodes[1].address)
    #expect(before != nil && after?.receiveHandle == before?.receiveHandle)
    #expect(after?.state == 100)
    network.run(for: 30_000)
    #expect(target.node.sessionCount <= count)
    #expect(PoolChecker.missingFrameCount(network) == 0)
  }

  @Test func `everything that was ever sent may be sent again`() {
    let network = Network(.line(3), seed: 52)
    var recorded: [(from: Int, to: Int, frame: [UInt8])] = []
    network.tap = { from, to, frame in
      recorded.append((from, to, frame))
      return frame
    }
    for number in 0..<40 {
      network.send(from: 0, to: 2, payload: payload(number))
      network.send(from: 2, to: 0, payload: payload(number))
      network.run(for: 100)
    }
    network.tap = nil
    let handle = network.nodes[2].node.sessionRecord(address: network.nodes[0].address)?
      .receiveHandle
    let counts = network.nodes.map(\.deliveries.count)
    for replay in recorded { network.inject(replay.frame, from: replay.from, to: replay.to) }
    network.run(for: 3000)
    #expect(network.nodes.map(\.deliveries.count) == counts)
    for node in network.nodes { node.deliveries.removeAll() }
    for number in 100..<110 {
      network.send(from: 0, to: 2, payload: payload(number))
      network.run(for: 20)
    }
    network.run(for: 500)
    #expect(network.nodes[2].deliveries.count == 10)
    let record = network.nodes[2].node.sessionRecord(address: network.nodes[0].address)
    #expect(record?.receiveHandle == handle)
  }

  @Test(arguments: [UInt8(1), 3, 4])
  func `only an error about a run packet makes keys anew`(word: UInt8) {
    let network = Network(.line(3), seed: 54)
    network.run(for: 2000)
    for _ in 0..<3 {
      network.send(from: 2, to: 0, payload: payload(0))
      network.send(from: 0, to: 2, payload: payload(0))
      network.run(for: 1000)
    }
    // Questions about better paths are answered by now.
    network.run(for: 500)
    let before = network.nodes[2].node.counters.reopenedCount
    network.send(from: 2, to: 0, payload: payload(1))
    var content: [UInt8] = [255, 255, 255, 255, 0, 0, 0, 2, 0, 0, 0, 6]
    content += [UInt8](repeating: 0, count: SwitchHeader.byteCount)
    content += [0, 0, 0, word] + [UInt8](repeating: 0, count: 12)
    content += [0, 0, 0, 5, 0, 0, 0, 100]
    let checksum = Checksum.of(Array(content.dropFirst(4)).span)
    content[4] = UInt8(checksum >> 8)
    content[5] = UInt8(checksum & 255)
    send(network, content, along: label(network, to: 2))
    network.run(for: 100)
    #expect(network.nodes[2].node.counters.errorReceivedCount == 1)
    let count = network.nodes[2].node.counters.reopenedCount - before
    #expect(count == (word < 4 ? 0 : 1))
  }

  @Test func `forged errors change nothing`() {
    let network = Network(.line(3), seed: 53)
    network.run(for: 2000)
    network.send(from: 2, to: 1, payload: payload(0))
    network.run(for: 1000)
    let before = network.nodes[2].node.sessionRecord(address: network.nodes[1].address)
    let label = label(network, to: 2)
    for type: UInt32 in [1, 6, 8, 10, 9, 77] {
      for number in 0..<50 {
        var content: [UInt8] = [255, 255, 255, 255, 0, 0, 0, 2]
        content += [0, 0, 0, UInt8(type)]
        content += [UInt8](repeating: UInt8(number), count: 60)
        let checksum = Checksum.of(Array(content.dropFirst(4)).span)
        content[4] = UInt8(checksum >> 8)
        content[5] = UInt8(checksum & 255)
        send(network, content, along: label)
      }
    }
    network.run(for: 1000)
    #expect(network.nodes[2].node.counters.errorReceivedCount >= 300)
    let after = network.nodes[2].node.sessionRecord(address: network.nodes[1].address)
    #expect(before?.sendHandle == after?.sendHandle && after?.state == 100)
    network.nodes[1].deliveries.removeAll()
    network.send(from: 2, to: 1, payload: payload(1))
    network.run(for: 100)
    #expect(network.nodes[1].deliveries.count == 1)
  }

  @Test(arguments: 1...6) func `no bytes on any input trap or stay`(seed: Int) {
    let network = Network(.line(3), seed: UInt64(60 + seed), conditions: .init(latency: 1))
    let random = SeededEntropy(seed: UInt64(seed))
    network.tap = { _, _, frame in
      var frame = frame
      if random.random(below: 4) == 0, !frame.isEmpty {
        switch random.random(below: 3) {
        case 0: frame[Int(random.random(below: UInt64(frame.count)))] ^= UInt8(1 << seed)
        case 1: frame.removeLast(Int(random.random(below: UInt64(frame.count))))
        default: frame += [UInt8](repeating: 7, count: Int(random.random(below: 300)))
        }
      }
      return frame
    }
    func noise(_ countMax: UInt64) -> [UInt8] {
      var bytes = [UInt8](repeating: 0, count: Int(random.random(below: countMax + 1)))
      for i in bytes.indices {
        // Often something that begins like a packet of some kind.
        bytes[i] =
          i < 4
          ? [0, 1, 2, 4, 255][Int(random.random(below: 5))]
          : UInt8(
            truncatingIfNeeded: random.next())
      }
      return bytes
    }
    func sealed(_ content: [UInt8]) -> [UInt8] {
      guard content.count >= 8 else { return content }
      var content = content
      for i in 0..<4 { content[i] = 255 }
      content[4] = 0
      content[5] = 0
      content[6] = 0
      content[7] = UInt8(random.random(below: 14))
      let checksum = Checksum.of(Array(content.dropFirst(4)).span)
      content[4] = UInt8(checksum >> 8)
      content[5] = UInt8(checksum & 255)
      return content
    }
    for _ in 0..<400 {
      network.inject(noise(400), from: Int(random.random(below: 2)), to: 2)
      network.inject(noise(400), from: 2, to: 1)
      let label = Label(random.next() >> random.random(below: 64))
      send(network, noise(300), along: label)
      send(network, sealed(noise(200)), along: Label(0x13))
      send(network, sealed(noise(200)), along: self.label(network, to: 2))
      let node = network.nodes[1]
      if var frame = node.pool.take() {
        frame.append(noise(1400).span)
        node.node.receiveFromTun(frame, at: network.now, into: &node.outbox)
      }
      if var frame = node.pool.take() {
        frame.append(noise(80).span)
        node.node.receiveBeacon(
          frame, on: 0, from: node.linkAddress, at: network.now, into: &node.outbox)
      }
      network.flush(1)
      if random.random(below: 10) == 0 { network.send(from: 0, to: 2, payload: noise(1000)) }
      network.run(for: random.random(below: 60))
    }
    network.tap = nil
    network.run(for: 20_000)
    #expect(PoolChecker.missingFrameCount(network) == 0)
    var checker = PairChecker()
    checker.check(network, for: 20_000)
    #expect(checker.missing.isEmpty)
  }
}
