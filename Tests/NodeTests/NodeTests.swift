import Bytes
import Cryptography
import Node
import Peering
import Routing
import Simulation
import Switching
import Testing
import Wire

/// What a probe carries.
private func payload(_ number: Int) -> [UInt8] { Array("packet \(number)".utf8) }

extension SimulatedNode {
  /// The payloads that the operating system was given, without their IPv6 headers.
  var payloads: [[UInt8]] { deliveries.map { Array($0.packet.dropFirst(40)) } }
}

@Suite struct NetworkTests {
  @Test(arguments: [
    Topology.line(2), .line(3), .line(8), .ring(6), .grid(width: 4, height: 4),
    .random(20, extra: 6),
  ])
  func `every node reaches every other with nothing configured but peerings`(topology: Topology) {
    let network = Network(topology, seed: 7)
    var checker = PairChecker()
    checker.check(network, for: 30_000)
    #expect(checker.missing.isEmpty)
    #expect(checker.times.max() ?? 0 < 10_000)
  }

  @Test func `the first packet in a line of three is there within a second`() {
    let network = Network(.line(3), seed: 3)
    network.send(from: 0, to: 2, payload: payload(0))
    var number = 1
    let arrived = network.run(for: 1000) {
      if network.now.milliseconds >= 1000 + 100 * UInt64(number) {
        network.send(from: 0, to: 2, payload: payload(number))
        number += 1
      }
      return !network.nodes[2].deliveries.isEmpty
    }
    #expect(arrived)
  }

  @Test func `a packet arrives as it was sent, but for what is not transmitted`() {
    let network = Network(.line(3), seed: 4)
    network.run(for: 3000)
    let text = Array("as it was sent".utf8)
    network.send(from: 0, to: 2, payload: text, nextHeader: 253)
    network.run(for: 1000)
    let packet = network.nodes[2].deliveries.first?.packet ?? []
    #expect(packet.count == 40 + text.count)
    #expect(packet.prefix(8) == [0x60, 0, 0, 0, 0, UInt8(text.count), 253, 42])
    #expect(Array(packet.dropFirst(40)) == text)
    let source = Array(packet[8..<24])
    #expect(IPv6Address(copying: source.span) == network.nodes[0].address)
    #expect(network.nodes[1].node.counters.forwardedCount > 0)
  }

  @Test func `with a tenth of all frames lost every node still reaches every other`() {
    let network = Network(.line(5), seed: 5, conditions: .init(latency: 5, lossPermille: 100))
    var checker = PairChecker()
    checker.check(network, for: 60_000)
    #expect(checker.missing.isEmpty)
  }

  @Test func `packets that come twice or out of order are delivered once each`() {
    let conditions = LinkConditions(
      latency: 3, jitter: 4, duplicatePermille: 300, delayPermille: 200)
    let network = Network(.line(3), seed: 6, conditions: conditions)
    network.run(for: 5000)
    network.send(from: 0, to: 2, payload: payload(999))
    network.run(for: 2000)
    network.nodes[2].deliveries.removeAll()
    for number in 0..<200 {
      network.send(from: 0, to: 2, payload: payload(number))
      network.run(for: 10)
    }
    network.run(for: 1000)
    let payloads = network.nodes[2].payloads
    #expect(Set(payloads).count == payloads.count)
    #expect(payloads.count == 200)
  }

  @Test func `the same seed gives the same run, another one does not`() {
    func digest(_ seed: UInt64) -> UInt64 {
      let network = Network(
        .ring(4), seed: seed, conditions: .init(latency: 2, jitter: 5, lossPermille: 50))
      for number in 0..<20 {
        network.send(from: number % 4, to: (number + 2) % 4, payload: payload(number))
        network.run(for: 200)
      }
      return network.digest
    }
    let first = digest(11)
    #expect(first == digest(11))
    #expect(first != digest(12))
  }

  @Test func `nodes that announce 20, 21 and 22 work together`() {
    let network = Network(.line(4), seed: 8) { number in
      var options = NodeOptions()
      options.version = [20, 22, 21, 22][number]
      return options
    }
    var checker = PairChecker()
    checker.check(network, for: 20_000)
    #expect(checker.missing.isEmpty)
  }

  @Test func `one that is too old is refused with one line in the log`() {
    let network = Network(.line(2), seed: 9) { number in
      var options = NodeOptions()
      options.version = number == 0 ? 19 : 21
      return options
    }
    network.run(for: 30_000)
    network.send(from: 1, to: 0, payload: payload(0))
    network.run(for: 15_000)
    #expect(network.nodes[0].deliveries.isEmpty)
    let lines = network.nodes[1].events.filter {
      if case .log(.warn, let line) = $0 {
        String(decoding: line.text, as: UTF8.self).contains("INCOMPATIBLE")
      } else {
        false
      }
    }
    #expect(lines.count == 1)
  }

  @Test func `frames come back to the pool`() {
    let network = Network(.grid(width: 3, height: 3), seed: 10)
    for number in 0..<200 {
      network.send(from: number % 9, to: (number * 5 + 1) % 9, payload: payload(number))
      network.run(for: 20)
    }
    // Packets to nobody wait, and go.
    let nobody = IPv6Address(text: Array("fc00::1:2:3".utf8).span)!
    for _ in 0..<50 { network.send(from: 0, toAddress: nobody, payload: payload(1)) }
    network.run(for: 20_000)
    #expect(PoolChecker.missingFrameCount(network) == 0)
  }
}

@Suite struct RecoveryTests {
  /// Milliseconds until traffic of one packet in 100 ms from 0 to the last node is back after
  /// `cause`; nil if it is not within 30 s.
  private func recovery(
    _ network: Network, to last: Int? = nil, cause: (Network) -> Void
  ) -> UInt64? {
    let last = last ?? network.nodes.count - 1
    var number = 0
    func tick() {
      network.send(from: 0, to: last, payload: payload(number))
      network.send(from: last, to: 0, payload: payload(number))
      number += 1
      network.run(for: 100)
    }
    for _ in 0..<50 { tick() }
    cause(network)
    let start = network.now
    let first = number
    while network.now.since(start) < 30_000 {
      tick()
      func hasNew(_ node: Int) -> Bool {
        network.nodes[node].payloads.contains { payloads in
          (first..<number).contains { payload($0) == payloads }
        }
      }
      if hasNew(0), hasNew(last) { return network.now.since(start) }
    }
    return nil
  }

  @Test(arguments: [0, 2]) func `an end that restarts is back within two seconds`(end: Int) {
    let network = Network(.line(3), seed: 20)
    let time = recovery(network) { $0.restart(end) }
    #expect(time ?? .max <= 2000)
  }

  @Test func `a middle node that restarts is back within two seconds`() {
    let network = Network(.line(3), seed: 21)
    let time = recovery(network) { $0.restart(1) }
    #expect(time ?? .max <= 2000)
  }

  @Test func `who restarts gives everybody the slot from before`() {
    let network = Network(.line(1), seed: 23)
    for _ in 1...40 { network.connect(network.addNode(), 0) }
    func slots() -> [LinkAddress: Int] {
      let records = (0..<network.nodes[0].node.peerCount).compactMap {
        network.nodes[0].node.peerRecord(at: $0, now: network.now)
      }
      return Dictionary(uniqueKeysWithValues: records.map { ($0.linkAddress, $0.slot ?? -1) })
    }
    network.run(for: 5000)
    let before = slots()
    #expect(before.count == 40 && Set(before.values).count == 40)
    network.stop(0)
    network.run(for: 20_000)
    network.restart(0)
    network.run(for: 10_000)
    let after = slots()
    #expect(after == before)
  }

  @Test func `a link that was gone for 20 seconds is back within two seconds`() {
    let network = Network(.line(3), seed: 22)
    let time = recovery(network) { network in
      network.setLink(1, 2, up: false)
      for number in 0..<200 {
        network.send(from: 0, to: 2, payload: payload(100_000 + number))
        network.run(for: 100)
      }
      network.setLink(1, 2, up: true)
    }
    #expect(time ?? .max <= 2000)
  }

  @Test func `traffic goes the other way round when a link of a ring fails`() {
    let network = Network(.ring(5), seed: 23)
    let time = recovery(network, to: 1) { $0.setLink(0, 1, up: false) }
    #expect(time ?? .max <= 5000)
  }
}

@Suite struct LocalTests {
  /// A node without neighbours, and what it gives to its operating system.
  private func ask(
    _ edit: (inout FrameBuffer, IPv6Address) -> Void, milliseconds: UInt64 = 15_000
  ) -> [[UInt8]] {
    let network = Network(seed: 30)
    _ = network.addNode()
    let node = network.nodes[0]
    var frame = node.pool.take()!
    edit(&frame, node.address)
    node.node.receiveFromTun(frame, at: network.now, into: &node.outbox)
    network.run(for: milliseconds)
    node.node.wake(at: network.now, into: &node.outbox)
    while let departure = node.outbox.pop() {
      let bytes = departure.frame.span
      node.deliveries.append(
        Delivery(time: network.now, packet: (0..<bytes.count).map { bytes[$0] }))
    }
    #expect(node.pool.availableCount == node.pool.frameCount)
    return node.deliveries.map(\.packet)
  }

  private func packet(_ frame: inout FrameBuffer, to: IPv6Address, from: IPv6Address, _ count: Int)
  {
    frame.resize(to: count)
    IPv6Header(
      payloadByteCount: UInt16(count), nextHeader: 17, hopLimit: 64, source: from, destination: to
    ).push(onto: &frame)
  }

  private let stranger = IPv6Address(text: Array("fc00::7".utf8).span)!

  @Test func `where there is no way the local host is told so`() {
    let answers = ask { packet(&$0, to: self.stranger, from: $1, 10) }
    #expect(answers.count == 1)
    #expect(answers.first?[6] == 58)
    #expect(answers.first?[40] == 1)
  }

  @Test func `outside the network there is no route`() {
    let answers = ask {
      packet(&$0, to: IPv6Address(text: Array("2001:db8::1".utf8).span)!, from: $1, 10)
    }
    #expect(answers.first?[40] == 1 && answers.first?[41] == 0)
  }

  @Test func `a packet that is too big is answered with the size that is not`() {
    let answers = ask { packet(&$0, to: self.stranger, from: $1, 1300) }
    #expect(answers.first?[40] == 2)
    #expect(answers.first?[44..<48] == [0, 0, 5, 24])
  }

  @Test func `a packet to ourselves comes back`() {
    let answers = ask { packet(&$0, to: $1, from: $1, 33) }
    #expect(answers.count == 1)
    #expect(answers.first?.count == 73)
    #expect(answers.first?[6] == 17)
  }

  @Test func `a foreign source is not ours to speak for`() {
    #expect(
      ask {
        packet(&$0, to: self.stranger, from: self.stranger, 3)
        _ = $1
      }.isEmpty)
  }

  @Test(arguments: [0, 1, 39, 40, 41]) func `bytes that are no packet are dropped`(count: Int) {
    #expect(ask { frame, _ in frame.resize(to: count) }.isEmpty || count > 0)
  }
}

@Suite struct SwitchPingTests {
  private func ping(
    _ network: Network, _ kind: SwitchPingKind, _ label: Label, data: [UInt8] = []
  ) -> SwitchPingResult? {
    let node = network.nodes[0]
    node.events.removeAll()
    let isSent = node.node.switchPing(
      kind, label: label, data: data.span, timeout: 500, token: 5, at: network.now,
      into: &node.outbox)
    guard isSent else { return nil }
    network.flush(0)
    network.run(for: 1000)
    for case .switchPing(token: 5, let result) in node.events { return result }
    return nil
  }

  /// Of the hop from the first node to the next one.
  private func hop(_ network: Network) throws -> Label {
    let record = network.nodes[0].node.peerRecord(at: 0, now: network.now)
    return try #require(record).label
  }

  @Test func `neighbours, ourselves and nodes behind answer; nobody does not`() throws {
    let network = Network(.line(3), seed: 40, conditions: .init(latency: 20))
    network.run(for: 3000)
    let data = Array("hello".utf8)
    let next = try hop(network)
    let near = try #require(ping(network, .ping, next, data: data))
    #expect(near.outcome == .pong && near.version == 21 && near.data == data)
    #expect(near.milliseconds == 40)
    let here = try #require(ping(network, .ping, .here))
    #expect(here.outcome == .pong)
    let key = try #require(ping(network, .keyPing, next))
    #expect(key.outcome == .pong && key.key == network.nodes[1].identity.publicKey)
    let known = network.nodes[0].node.route(to: network.nodes[2].address)
    let route = try #require(known)
    let far = try #require(ping(network, .keyPing, route.label, data: data))
    #expect(far.outcome == .pong && far.key == network.nodes[2].identity.publicKey)
    // Slots of the shortest form may be taken.
    let nobody = try #require(EncodingScheme.v358.label(slot: 20))
    let none = try #require(ping(network, .ping, nobody))
    #expect(none.outcome == .switchError)
    let behind = try #require(ping(network, .ping, .splice(nobody, behind: next)))
    #expect(behind.outcome == .switchError)
    network.setLink(0, 1, up: false)
    let silent = try #require(ping(network, .ping, next))
    #expect(silent.outcome == .timeout)
  }

  @Test func `no more than fifty are out, and no more data goes than is allowed`() throws {
    let network = Network(.line(2), seed: 41)
    network.run(for: 2000)
    let next = try hop(network)
    network.setLink(0, 1, up: false)
    let node = network.nodes[0]
    func send(_ count: Int) -> Bool {
      node.node.switchPing(
        .ping, label: next, data: [UInt8](repeating: 1, count: count).span, timeout: 100,
        token: 1, at: network.now, into: &node.outbox)
    }
    #expect(!send(245))
    for _ in 0..<50 { #expect(send(244)) }
    #expect(!send(0))
    network.run(for: 200)
    #expect(send(0))
  }
}
