import Checks
import Foundation
import Node
import Routing
import Simulation
import Switching
import Testing

/// What `routing-trace.json` prescribes: six nodes of the original were watched for 45 s, and ours
/// are to know as much, by paths no longer, sooner and with fewer questions. How the original went
/// about it (the recorded search asks itself over a loop) is no example.
@Suite struct TraceVectorTests {
  private let trace: JSON
  /// By the recorded addresses, colons left out.
  private let numbers: [String: Int]

  init() throws {
    let file = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appending(path: "Vectors/routing-trace.json")
    trace = try #require(JSONReader.read([UInt8](Data(contentsOf: file))))
    var numbers: [String: Int] = [:]
    for node in trace["nodes"].items {
      numbers[Self.text(node["ip"])] = node["node"].int.map { Int($0) }
    }
    self.numbers = numbers
    try #require(numbers.count == 6)
  }

  private static func text(_ value: JSON) -> String {
    String(decoding: value.text ?? [], as: UTF8.self)
  }

  /// The network of the recording: whoever has a link in the final tables has one here.
  private func network(seed: UInt64) throws -> Network {
    let network = Network(seed: seed)
    for _ in numbers { _ = network.addNode() }
    var pairs: Set<[Int]> = []
    for entry in trace["final"].items where Self.text(entry["who"]) == "link" {
      let parent = try #require(numbers[Self.text(entry["parent"])])
      let child = try #require(numbers[Self.text(entry["child"])])
      if parent != child { pairs.insert([min(parent, child), max(parent, child)]) }
    }
    try #require(pairs.count == 6)
    for pair in pairs.sorted(by: { $0.lexicographicallyPrecedes($1) }) {
      network.connect(pair[0], pair[1])
    }
    return network
  }

  @Test(arguments: 1...3)
  func `after as long, every node knows as many others, by paths no longer`(seed: UInt64) throws {
    let network = try network(seed: seed)
    network.run(for: 45_000)
    var count = 0
    for entry in trace["final"].items where Self.text(entry["who"]) == "store" {
      let node = try Int(#require(entry["node"].int))
      let other = try #require(numbers[Self.text(entry["ip"])])
      let hops = try Int(#require(entry["cost"].int) / 1024)
      count += 1
      if node == other { continue }
      let label = network.nodes[node].node.route(to: network.nodes[other].address)?.label
      let path = try Trace.nodes(network, from: node, along: #require(label)) ?? []
      #expect(path.last == other && path.count - 1 <= hops)
    }
    #expect(count == 36)
  }

  @Test(arguments: 1...3)
  func `a packet to somebody who is not known yet is there sooner`(seed: UInt64) throws {
    let network = try network(seed: seed)
    let events = trace["search_window"].items
    let begin = try #require(events.first?["t"].uint)
    let end = try #require(events.last?["t"].uint)
    network.run(for: begin)
    network.send(from: 0, to: 4, payload: [1, 2, 3])
    let isThere = network.run(for: (end - begin) / 4) { !network.nodes[4].deliveries.isEmpty }
    #expect(isThere)
  }

  @Test func `fewer questions are asked`() throws {
    let network = try network(seed: 1)
    network.run(for: 45_000)
    let keys: [StaticString] = ["0", "1", "2", "3", "4", "5"]
    let kinds: [StaticString] = ["gp", "fn", "pn"]
    for (node, key) in keys.enumerated() {
      let recorded = trace["queries_sent"][key]
      let sum = try kinds.reduce(0) { try $0 + #require(recorded[$1].uint) }
      let counts = network.nodes[node].queryCounts
      #expect(counts.maintenance + counts.search < sum / 2)
    }
  }
}
