import Bytes

/// An error message to the local host about a packet that cannot go out (RFC 4443).
public enum ICMPv6Error: Equatable, Sendable {
  case noRoute
  case addressUnreachable
  /// The packet is larger than this many bytes, which would fit.
  case packetTooBig(UInt32)

  /// The protocol number.
  public static var nextHeader: UInt8 { 58 }
  /// The error packet as a whole, with its IPv6 header, is not longer than this.
  static var byteCountMax: Int { 1280 }
  static var headerByteCount: Int { 8 }

  private var type: UInt8 {
    if case .packetTooBig = self { 2 } else { 1 }
  }

  private var code: UInt8 {
    if case .addressUnreachable = self { 3 } else { 0 }
  }

  private var parameter: UInt32 {
    if case .packetTooBig(let byteCount) = self { byteCount } else { 0 }
  }

  /// Makes `packet`, an IPv6 packet of the local host, the error about itself, addressed to its
  /// source and coming from `sender`. False, and nothing done, if none may be sent: about another
  /// ICMPv6 error, or a packet whose source or destination forbids it.
  public func replace(_ packet: inout FrameBuffer, sender: IPv6Address) -> Bool {
    let header: IPv6Header
    do throws(WireError) { header = try IPv6Header(packet.span) } catch { return false }
    guard header.source.bytes[0] != 0xff, !header.source.bytes.isZero,
      header.destination.bytes[0] != 0xff
    else { return false }
    if header.nextHeader == Self.nextHeader {
      guard packet.count > IPv6Header.byteCount, packet.span[IPv6Header.byteCount] >= 128 else {
        return false
      }
    }
    let quoteMax = Self.byteCountMax - IPv6Header.byteCount - Self.headerByteCount
    packet.resize(to: min(packet.count, quoteMax))
    packet.push(Self.headerByteCount)
    do {
      var bytes = packet.mutableSpan
      bytes[0] = type
      bytes[1] = code
      bytes.store(UInt16(0), bigEndianAt: 2)
      bytes.store(parameter, bigEndianAt: 4)
    }
    var addresses = FixedBytes<32>()
    for i in 0..<16 {
      addresses[i] = sender.bytes[i]
      addresses[16 + i] = header.source.bytes[i]
    }
    let checksum = Checksum.inIPv6(
      addresses: addresses.span, nextHeader: Self.nextHeader, payload: packet.span)
    do {
      var bytes = packet.mutableSpan
      bytes.store(checksum, bigEndianAt: 2)
    }
    IPv6Header(
      payloadByteCount: UInt16(packet.count), nextHeader: Self.nextHeader, hopLimit: 64,
      source: sender, destination: header.source
    ).push(onto: &packet)
    return true
  }
}
