import Bytes
import Cryptography
import Switching
import Testing
import Wire

@testable import Routing

/// What a search finds when the table has no room for it.
@Suite struct FullTableTests {
  /// Node 0 knows its three peers, theirs, and few others; each of those has three behind it, and
  /// each leaf has a neighbour of the next family, too.
  private func makeNetwork(seed: UInt64) -> TestNetwork {
    var limits = RouterLimits()
    limits.nodeCountMax = 24
    let network = TestNetwork(seed: seed)
    network.add(limits: limits)
    network.add(39)
    for i in 1..<40 { network.connect(i, (i - 1) / 3) }
    for i in 13..<39 where i % 3 == 0 { network.connect(i, i + 1) }
    network.run(for: 60_000)
    return network
  }

  /// Whom the table of node 0 has no room for.
  private func strangers(_ network: TestNetwork) -> [Int] {
    (13..<40).filter { network.route(0, to: $0) == nil }
  }

  @Test func `who was searched for stays`() throws {
    let network = makeNetwork(seed: 31)
    let wanted = Array(strangers(network).prefix(4))
    #expect(wanted.count == 4)
    for i in wanted {
      let isFound = network.search(0, for: i).found
      #expect(isFound)
    }
    network.run(for: 120_000)
    for i in wanted {
      let route = try #require(network.route(0, to: i))
      #expect(network.end(of: route.label, from: 0) == i)
    }
    #expect(network.nodeCount(0) <= 27)
  }

  @Test(arguments: 32...35 as ClosedRange<UInt64>)
  func `its path is as short as there is one`(seed: UInt64) throws {
    let network = makeNetwork(seed: seed)
    for i in strangers(network).prefix(6) {
      let isFound = network.search(0, for: i).found
      #expect(isFound)
      network.run(for: 3000)
      let route = try #require(network.route(0, to: i))
      // Three hops: by way of its parent, which the table knows.
      #expect(route.label.bitCount <= 12, "to \(i)")
    }
  }

  @Test func `nodes know those whose addresses are nearest to theirs`() {
    // One network says little: from one to the next it differs by ten.
    let count = (36...39).map { nearestKnown(seed: $0) }.reduce(0, +)
    // Of 640; nobody can keep all in a table of 24.
    #expect(count >= 592)
  }

  /// How often one of 80 nodes knows one of the two whose addresses are nearest to its own.
  private func nearestKnown(seed: UInt64) -> Int {
    var limits = RouterLimits()
    limits.nodeCountMax = 24
    let network = TestNetwork(seed: seed)
    for _ in 0..<80 { network.add(limits: limits) }
    for i in 1..<80 { network.connect(i, (i - 1) / 3) }
    network.run(for: 300_000)
    var count = 0
    for i in 0..<80 {
      let address = network.nodes[i].address
      let others = (0..<80).filter { $0 != i }.sorted {
        Distance(address, network.nodes[$0].address) < Distance(address, network.nodes[$1].address)
      }
      for other in others.prefix(2) where network.route(i, to: other) != nil { count += 1 }
    }
    return count
  }

  @Test(arguments: [(enough: 4, isEntered: true), (enough: 0, isEntered: false)])
  func `who asks, and is of a part of the key space of which few are known, is tried`(
    enough: Int, isEntered: Bool
  ) {
    var limits = RouterLimits()
    limits.bucketSize = enough
    let network = TestNetwork(seed: 40)
    network.add(limits: limits)
    network.add()
    network.connect(0, 1)
    network.run(for: 5000)
    let node = network.nodes[0]
    // Others wait to be tried, as many as there is room for, who fill no bucket.
    node.router.purgeAt = .never
    while !node.router.candidates.isFull {
      let (parent, child) = (network.makeKey(), network.makeKey())
      let candidate = Candidate(
        id: Candidate.ID(parent: parent.address, label: Label(0b1_0011), child: child.address),
        key: child, version: 21, dueAt: .never)
      let isAdded = node.router.candidates.add(candidate, isNeeded: false)
      #expect(isAdded)
    }
    for i in node.router.candidates.all.indices {
      node.router.candidates.all[i].found(cost: 9000, refines: false, fillsBucket: false, after: 1)
    }
    let stranger = network.makeKey()
    let query = RouterMessage(
      query: .ping, transaction: [48], version: 21, scheme: .v358, form: 0)
    node.router.receive(
      query.encoded.span, from: stranger, address: stranger.address, path: Label(0x153),
      at: network.now, entropy: network.entropy)
    #expect(
      node.router.candidates.all.contains { $0.id.child == stranger.address } == isEntered)
    #expect(node.router.candidates.all.count == limits.candidateCountMax)
  }

  @Test(arguments: [(others: 2, isUrgent: true), (others: 40, isUrgent: false)])
  func `a part of the key space that has lost one of few is looked at next`(
    others: Int, isUrgent: Bool
  ) throws {
    let network = TestNetwork(seed: 41)
    network.add()
    let own = network.nodes[0].address
    network.add(1 + others)
    for i in 1..<2 + others { network.connect(0, i) }
    network.run(for: 600_000)
    let most = RouterLimits().bucketIntervalMax
    #expect(network.nodes[0].router.bucketInterval == most)
    // Of the half that is farthest.
    let lost = try #require(
      (1..<2 + others).first { Distance(own, network.nodes[$0].address).bucket == 0 })
    network.disconnect(0, lost)
    #expect(network.route(0, to: lost) == nil)
    let router = (
      bucket: network.nodes[0].router.bucket, interval: network.nodes[0].router.bucketInterval,
      wait: network.nodes[0].router.bucketAt.since(network.now)
    )
    guard isUrgent else { return #expect(router.interval == most) }
    #expect(router.bucket == 0)
    #expect(router.interval == RouterLimits().bucketIntervalMin)
    #expect(router.wait <= RouterLimits().bucketIntervalMin)
  }
}
