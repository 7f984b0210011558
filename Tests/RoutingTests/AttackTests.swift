import Bytes
import Cryptography
import Glibc
import Switching
import Testing
import Wire

@testable import Routing

@Suite struct AttackTests {
  /// Fails if a table of the router is beyond its bound.
  private func expectBounded(_ node: TestNode) {
    let limits = node.router.limits
    #expect(node.router.table.nodes.count <= 1 + limits.nodeCountMax + limits.peerCountMax)
    var strangers = 0
    for i in node.router.table.nodes.indices.dropFirst()
    where node.router.table.nodes[i] != nil && !node.router.table.isPeer(i) { strangers += 1 }
    #expect(strangers <= limits.nodeCountMax)
    var linkCount = 0
    for known in node.router.table.nodes { linkCount += known?.links.count ?? 0 }
    #expect(
      linkCount
        <= node.router.table.nodes.count * (limits.linkCountPerNodeMax + 1) + limits.peerCountMax)
    #expect(node.router.candidates.all.count <= limits.candidateCountMax)
    #expect(node.router.transactions.all.count <= limits.transactionCountMax)
    #expect(node.router.searches.count <= limits.searchCountMax)
    #expect(node.badLabels == 0)
  }

  @Test func `lies about nodes that are not there are not believed`() {
    let network = TestNetwork(seed: 20)
    network.add(5)
    for i in 1..<5 { network.connect(i - 1, i) }
    // Node 1 lists eight invented nodes, and the next one under a wrong label, in each answer.
    let victim = network.nodes[4].key
    network.nodes[1].liar = { message, _ in
      let lie = message
      lie.nodes = (0..<7).map { _ in
        ListedNode(
          key: network.makeKey(),
          label: Label(network.entropy.next() >> network.entropy.random(below: 60)),
          version: UInt32(network.entropy.random(below: 100)))
      }
      lie.nodes.append(ListedNode(key: victim, label: Label(0x19), version: 21))
      return lie.encoded
    }
    network.run(for: 300_000)
    let node = network.nodes[0]
    expectBounded(node)
    for i in node.router.table.nodes.indices.dropFirst() {
      guard let known = node.router.table.nodes[i] else { continue }
      #expect(network.nodes.contains { $0.key == known.key }, "an invented node is in the table")
    }
    // What the budget allows in 300 s, and not more.
    let limits = node.router.limits
    let allowed = 300_000 / limits.queryInterval + UInt64(limits.queryBurst)
    #expect(node.router.counters.maintenanceQueries <= allowed)
    // Behind the liar, others that answer for themselves are still found.
    #expect(network.search(4, for: 2).found)
    #expect(network.search(2, for: 4).found)
    #expect(network.search(0, for: 1).found)
  }

  @Test func `a liar that lists itself and us everywhere is survived`() {
    let network = TestNetwork(seed: 21)
    network.add(4)
    network.connect(0, 1)
    network.connect(1, 2)
    network.connect(0, 3)
    let keys = network.nodes.map { $0.key }
    network.nodes[1].liar = { message, _ in
      let lie = message
      lie.nodes = (0..<8).map { i in
        ListedNode(
          key: keys[i % 4], label: EncodingScheme.v358.label(slot: i == 1 ? 40 : i) ?? .here,
          version: 21)
      }
      return lie.encoded
    }
    network.run(for: 100_000)
    expectBounded(network.nodes[0])
    #expect(network.search(0, for: 3).found)
    #expect(network.search(3, for: 1).found)
  }

  @Test func `no message traps or grows a router`() {
    let network = TestNetwork(seed: 22)
    Topology.ring12.build(network)
    network.run(for: 5000)
    let node = network.nodes[0]
    let entropy = network.entropy
    for round in 0..<3000 {
      let message = RouterMessage(
        query: [nil, .ping, .peers, .find, .nextHop, .other][round % 6],
        transaction: node.router.transactions.all.first?.number ?? [48, 48],
        version: 20 + UInt32(entropy.random(below: 4)),
        scheme: round % 5 == 0 ? .v48 : .v358, form: Int(entropy.random(below: 2)))
      let lengths = [0, 8, 16, 7]
      for _ in 0..<lengths[Int(entropy.random(below: 4))] {
        message.target.append(UInt8(truncatingIfNeeded: entropy.next()))
      }
      for _ in 0..<entropy.random(below: 10) {
        message.nodes.append(
          ListedNode(
            key: network.nodes[Int(entropy.random(below: 12))].key,
            label: Label(entropy.next() >> entropy.random(below: 64)), version: 21))
      }
      var bytes = message.encoded
      if round % 3 == 0 { bytes[Int(entropy.random(below: UInt64(bytes.count)))] ^= 1 }
      let sender = network.nodes[Int(entropy.random(below: 12))]
      let path = Label(entropy.next() >> entropy.random(below: 64))
      node.router.receive(
        bytes.span, from: sender.key, address: sender.address, path: path, at: network.now,
        entropy: entropy)
      node.router.receiveError(
        .malformedAddress, from: Label(entropy.next() >> entropy.random(below: 64)), failed: path,
        at: network.now)
      while node.router.takeEffect() != nil {}
      if round % 10 == 0 { network.run(for: 20) }
    }
    expectBounded(node)
    node.badLabels = 0
    network.run(for: 300_000)
    #expect(network.search(0, for: 6).found)
  }

  @Test(arguments: [true, false])
  func `a query that may be a recording proves nothing about the path it came along`(
    isFresh: Bool
  ) {
    let network = TestNetwork(seed: 31)
    network.add(3)
    network.connect(0, 1)
    network.connect(1, 2)
    network.run(for: 5000)
    let node = network.nodes[0]
    let query = RouterMessage(query: .ping, transaction: [48], version: 21, scheme: .v358, form: 0)
    node.router.receive(
      query.encoded.span, from: network.nodes[2].key, address: network.nodes[2].address,
      path: Label(0x135), isFresh: isFresh, at: network.now, entropy: network.entropy)
    var qualities: [RouteQuality] = []
    while let effect = node.router.takeEffect() {
      if case .route(let route, let quality) = effect, route.key == network.nodes[2].key {
        qualities.append(quality)
      }
    }
    #expect(qualities.contains(isFresh ? .incoming : .hearsay))
    #expect(!qualities.contains(isFresh ? .hearsay : .incoming))
  }

  @Test func `a flood of strangers fills no more than the tables, and costs the budget`() {
    let network = TestNetwork(seed: 23)
    network.add(3)
    network.connect(0, 1)
    network.connect(1, 2)
    network.run(for: 5000)
    let node = network.nodes[0]
    let limits = node.router.limits
    let before = node.router.counters.maintenanceQueries
    for i in 0..<1000 {
      let stranger = network.entropy.next()
      var key = FixedBytes<32>()
      for j in 0..<8 { key[j] = UInt8(truncatingIfNeeded: stranger >> UInt64(8 * j)) }
      var address = node.address
      for j in 8..<16 { address.bytes[j] = key[j - 8] }
      let query = RouterMessage(
        query: .ping, transaction: [48], version: 21, scheme: .v358, form: 0)
      node.router.receive(
        query.encoded.span, from: PublicKey(key), address: address,
        path: Label(0x153 + UInt64(i % 8) << 4), at: network.now, entropy: network.entropy)
      network.drain(0)
      if i % 10 == 0 { network.run(for: 100) }
    }
    expectBounded(node)
    #expect(network.nodeCount(0) == 2)
    #expect(node.router.counters.maintenanceQueries - before <= UInt64(limits.queryBurst) + 11)
    #expect(node.router.counters.answersSent >= 1000)
  }

  @Test func `a full table keeps its peers and every bucket`() {
    var limits = RouterLimits()
    limits.nodeCountMax = 12
    let network = TestNetwork(seed: 24)
    network.add(limits: limits)
    network.add(39)
    for i in 1..<40 { network.connect(i, (i - 1) / 3) }
    network.run(for: 60_000)
    let node = network.nodes[0]
    expectBounded(node)
    #expect(network.nodeCount(0) >= 12)
    for i in 1...3 { #expect(network.route(0, to: i) != nil) }
    var found = 0
    for i in stride(from: 1, to: 40, by: 4) where network.search(0, for: i).found { found += 1 }
    #expect(found == 10)
    // Ten peers are many for a small router; what it asks has a bound of its own.
    let table = RouterLimits().tableByteCountMax(peerCount: 10)
    #expect(table < 256_000)
    #expect(RouterLimits().searchByteCountMax < 320_000)
    print("a router's table takes at most \(table) bytes")
  }

  @Test func `the bytes that are said of nodes and links are theirs`() {
    let network = TestNetwork(seed: 26)
    network.add(3)
    for i in 1..<3 { network.connect(i - 1, i) }
    network.run(for: 30_000)
    let table = network.nodes[0].router.table
    // Of malloc.h, which no module has.
    typealias SizeFunction = @convention(c) (UnsafeRawPointer) -> Int
    let sizeFunction = unsafeBitCast(dlsym(nil, "malloc_usable_size"), to: SizeFunction.self)
    func byteCount(_ object: AnyObject) -> Int {
      sizeFunction(Unmanaged.passUnretained(object).toOpaque())
    }
    var nodeSize = Int.max
    var linkSize = Int.max
    for case let node? in table.nodes {
      nodeSize = min(nodeSize, byteCount(node))
      for link in node.links { linkSize = min(linkSize, byteCount(link)) }
    }
    let route = network.route(0, to: 2)!
    let candidate = SearchCandidate(
      route: route, distance: Distance(route.address, route.address), parent: nil,
      label: route.label)
    // Of the allocator's, which rounds up, and may give what it does not want to split.
    let slack = 0..<32
    let word = MemoryLayout<Int>.size
    #expect(slack.contains(nodeSize - (Node.byteCount - 8 * word)))
    #expect(slack.contains(linkSize - (Link.byteCount - 4 * word)))
    #expect(slack.contains(byteCount(candidate) - (SearchCandidate.byteCount - 2 * word)))
  }

  @Test func `who tells of a node sees whether it is still there, within a budget`() {
    let network = TestNetwork(seed: 26)
    network.add(4)
    for i in 1..<4 { network.connect(i - 1, i) }
    network.run(for: 900_000)
    let route = network.route(0, to: 1)!
    let target = network.nodes[3].router.address
    network.run(for: 900_000) {
      let table = network.nodes[1].router.table
      return network.now.since(table[table.index(of: target)!].heardAt) > 31_000
    }
    let before = network.nodes[1].router.counters.maintenanceQueries
    #expect(network.ask(.find(target), of: route, timeout: nil, token: 1))
    network.run(for: 500)
    let asked = network.nodes[1].router.counters.maintenanceQueries - before
    // The node, and the one before it on the way.
    #expect((1...2).contains(asked))
    for token in 2..<102 {
      #expect(network.ask(.find(target), of: route, timeout: nil, token: UInt32(token)))
      network.run(for: 20)
    }
    // What was heard of just now is known to be there: no more than what is asked at rest.
    #expect(network.nodes[1].router.counters.maintenanceQueries - before <= asked + 2)
    network.disconnect(2, 3, tellsRouter: false)
    for token in 200..<500 {
      #expect(network.ask(.find(target), of: route, timeout: nil, token: UInt32(token)))
      network.run(for: 200)
    }
    let limits = network.nodes[1].router.limits
    let most = limits.repairBurst + 60_000 / Int(limits.repairInterval) + 60_000 / 2000
    #expect(network.nodes[1].router.counters.maintenanceQueries - before <= UInt64(most))
  }

  @Test func `complaints of switches cost no more than the budget`() {
    let network = TestNetwork(seed: 25)
    network.add(4)
    for i in 1..<4 { network.connect(i - 1, i) }
    network.run(for: 60_000)
    let node = network.nodes[0]
    let limits = node.router.limits
    let before = node.router.counters.maintenanceQueries
    let route = network.route(0, to: 3)!
    for _ in 0..<1000 {
      node.router.receiveError(
        .malformedAddress, from: Label(0x13), failed: route.label, at: network.now)
      network.run(for: 10)
    }
    #expect(node.router.counters.maintenanceQueries - before <= UInt64(limits.queryBurst) + 11)
    #expect(network.route(0, to: 3)?.label == route.label)
  }
}
