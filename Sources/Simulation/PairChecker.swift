import Bytes

/// Sends one packet from each node to each other one, again and again until it is there, and
/// remembers how long that took.
public struct PairChecker {
  /// Bytes of a probe: a mark, sender and receiver.
  private static var mark: [UInt8] { [0x70, 0x61, 0x69, 0x72] }

  public private(set) var missing: [(from: Int, to: Int)] = []
  /// Milliseconds until the first packet of each pair was there.
  public private(set) var times: [UInt64] = []

  public init() {}

  /// Runs `network` until all pairs have exchanged a packet, at most `milliseconds`. Each pair
  /// tries once in `interval` milliseconds.
  public mutating func check(
    _ network: Network, for milliseconds: UInt64, interval: UInt64 = 500
  ) {
    let count = network.nodes.count
    missing = []
    for from in 0..<count {
      for to in 0..<count where from != to && network.nodes[from].isOn && network.nodes[to].isOn {
        missing.append((from, to))
      }
    }
    let start = network.now
    for node in network.nodes { node.deliveries.removeAll() }
    while !missing.isEmpty, network.now.since(start) < milliseconds {
      for (from, to) in missing {
        network.send(
          from: from, to: to,
          payload: Self.mark + [
            UInt8(from >> 8), UInt8(from & 255), UInt8(to >> 8), UInt8(to & 255),
          ])
      }
      network.run(for: interval)
      for (number, node) in network.nodes.enumerated() {
        for delivery in node.deliveries { take(delivery, to: number, since: start) }
        node.deliveries.removeAll()
      }
    }
  }

  private mutating func take(_ delivery: Delivery, to number: Int, since start: Instant) {
    let payload = Array(delivery.packet.dropFirst(40))
    guard payload.count == 8, Array(payload.prefix(4)) == Self.mark,
      Int(payload[6]) << 8 | Int(payload[7]) == number,
      let index = missing.firstIndex(where: {
        $0.to == number && $0.from == Int(payload[4]) << 8 | Int(payload[5])
      })
    else { return }
    missing.remove(at: index)
    times.append(delivery.time.since(start))
  }
}
