import Bytes
import Node
import Peering
import Routing
import Switching

/// Where a label leads.
public enum Trace {
  /// The nodes that a packet from `start` along `label` passes, both ends included; nil if a slot
  /// on the way belongs to nobody, or the label is none.
  public static func nodes(_ network: Network, from start: Int, along label: Label) -> [Int]? {
    guard label.bits != 0, label != .unreachable else { return nil }
    let scheme = EncodingScheme.v358
    var nodes = [start]
    var rest = label
    while rest != .here {
      guard let (slot, width) = scheme.director(of: rest), width <= rest.bitCount else {
        return nil
      }
      // The router of that node: the end, whatever follows.
      if slot == 1 { return nodes }
      guard let next = neighbour(network, of: nodes[nodes.count - 1], slot: slot) else {
        return nil
      }
      nodes.append(next)
      rest = Label(rest.bits >> UInt64(width))
    }
    return nodes
  }

  /// The label that packets from `start` to `end` go along: that of the session, or of the table.
  public static func label(_ network: Network, from start: Int, to end: Int) -> Label? {
    let address = network.nodes[end].address
    if let label = network.nodes[start].node.sessionRecord(address: address)?.label,
      label != .unknown
    {
      return label
    }
    return network.nodes[start].node.route(to: address)?.label
  }

  /// The nodes that packets from `start` to `end` pass; nil if they do not get there.
  public static func nodes(_ network: Network, from start: Int, to end: Int) -> [Int]? {
    guard let label = label(network, from: start, to: end),
      let nodes = nodes(network, from: start, along: label), nodes.last == end
    else { return nil }
    return nodes
  }

  private static func neighbour(_ network: Network, of number: Int, slot: Int) -> Int? {
    slots(network, of: number).first { $0.value == slot }?.key
  }

  /// The slots in which node `number` has others, by their numbers.
  static func slots(_ network: Network, of number: Int) -> [Int: Int] {
    var slots: [Int: Int] = [:]
    for position in 0..<network.nodes[number].node.peerCount {
      guard
        let record = network.nodes[number].node.peerRecord(at: position, now: network.now),
        let slot = record.slot, let other = network.number(of: record.linkAddress)
      else { continue }
      slots[other] = slot
    }
    return slots
  }
}
