import Bytes

/// Pairs of nodes that send each other a packet again and again. Each direction is a flow: that of
/// pair `i` from its first node has the number 2`i`, the way back 2`i` + 1.
public struct Traffic {
  public let pairs: [Pair]
  public let interval: UInt64
  /// When the first packet was there that was sent at the mark or later; nil if none was.
  public private(set) var firstArrivals: [Instant?]
  /// Packets sent, and such that arrived, since the mark.
  public private(set) var sentCount = 0
  public private(set) var arrivedCount = 0
  private var markedAt = Instant.never
  private let receivers: [Int]

  public init(_ pairs: [Pair], interval: UInt64) {
    self.pairs = pairs
    self.interval = interval
    firstArrivals = Array(repeating: nil, count: 2 * pairs.count)
    receivers = Set(pairs.flatMap { [$0.from, $0.to] }).sorted()
  }

  public var flowCount: Int { 2 * pairs.count }

  /// From where to where flow `number` goes.
  public func flow(_ number: Int) -> Pair {
    let pair = pairs[number / 2]
    return number % 2 == 0 ? pair : Pair(from: pair.to, to: pair.from)
  }

  /// From now on packets count.
  public mutating func mark(_ network: Network) {
    collect(network)
    markedAt = network.now
    firstArrivals = Array(repeating: nil, count: flowCount)
    sentCount = 0
    arrivedCount = 0
  }

  /// Sends and runs for so long.
  public mutating func run(_ network: Network, for milliseconds: UInt64) {
    _ = run(network, for: milliseconds) { _ in false }
  }

  /// Sends and runs until `condition` holds; false if it does not before `milliseconds` have
  /// passed.
  public mutating func run(
    _ network: Network, for milliseconds: UInt64, until condition: (Traffic) -> Bool
  ) -> Bool {
    let end = network.now + milliseconds
    while network.now < end {
      if condition(self) { return true }
      for number in 0..<flowCount {
        let flow = flow(number)
        guard network.nodes[flow.from].isOn else { continue }
        sentCount += 1
        network.send(
          from: flow.from, to: flow.to,
          payload: Probe(number: number, sentAt: network.now).payload)
      }
      network.run(for: min(interval, end.since(network.now)))
      collect(network)
    }
    return condition(self)
  }

  private mutating func collect(_ network: Network) {
    for number in receivers {
      let node = network.nodes[number]
      for delivery in node.deliveries {
        guard let probe = Probe(packet: delivery.packet), probe.number < flowCount,
          flow(probe.number).to == number, probe.sentAt >= markedAt
        else { continue }
        arrivedCount += 1
        if firstArrivals[probe.number] == nil { firstArrivals[probe.number] = delivery.time }
      }
      node.deliveries.removeAll()
    }
  }
}
