import Bytes
import Wire

/// IP packets between the operating system and the network (links.md section 11).
public enum TunPacket {
  /// What becomes of a packet of the operating system.
  public enum Verdict: Equatable, Sendable {
    /// It goes to the node at that address.
    case send(to: IPv6Address)
    /// It goes back to where it came from.
    case loopBack
    /// It is for somewhere outside the network: IPv4, or not in fc00::/8.
    case outside
    case tooBig
    /// It is no IP packet, or comes from a source that is not ours.
    case refuse
  }

  /// The hop limit of packets that come out of the network (links.md 11.3).
  static var hopLimit: UInt8 { 42 }

  /// Judges `packet`, a bare IP packet from the device of the node at `own`.
  public static func judge(_ packet: Span<UInt8>, own: IPv6Address, mtu: Int) -> Verdict {
    guard packet.count > 0 else { return .refuse }
    if packet[0] >> 4 == 4 { return .outside }
    guard packet.count >= IPv6Header.byteCount, packet[0] >> 4 == 6,
      Int(packet.load16(bigEndianAt: 4)) + IPv6Header.byteCount == packet.count
    else { return .refuse }
    let destination = IPv6Address(copying: packet.extracting(24..<40))
    guard destination.isNode else { return .outside }
    guard IPv6Address(copying: packet.extracting(8..<24)) == own else { return .refuse }
    if destination == own { return .loopBack }
    return packet.count <= mtu ? .send(to: destination) : .tooBig
  }

  /// Makes an IPv6 packet the message that carries it: the header is not transmitted, but for the
  /// next header, which becomes the content type.
  public static func strip(_ packet: inout FrameBuffer) {
    let nextHeader = packet.span[6]
    packet.pull(IPv6Header.byteCount)
    DataHeader(contentType: UInt16(nextHeader)).push(onto: &packet)
  }

  /// Makes the content of a message from `source` the IPv6 packet that it was, but for what is not
  /// transmitted. At most 65,535 bytes.
  public static func restore(
    _ content: inout FrameBuffer, nextHeader: UInt8, source: IPv6Address,
    destination: IPv6Address
  ) {
    IPv6Header(
      payloadByteCount: UInt16(content.count), nextHeader: nextHeader, hopLimit: hopLimit,
      source: source, destination: destination
    ).push(onto: &content)
  }
}
