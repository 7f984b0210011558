import Bytes

/// The header of an IPv6 packet (RFC 8200).
///
/// ```
///                1               2               3
///  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |ver. 6 | traffic class |              flow label               |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |        payload length         |  next header  |   hop limit   |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |                       source, 16 bytes                        |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |                     destination, 16 bytes                     |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// ```
public struct IPv6Header: Equatable, Sendable {
  public static var byteCount: Int { 40 }

  public var payloadByteCount: UInt16
  public var nextHeader: UInt8
  public var hopLimit: UInt8
  public var source: IPv6Address
  public var destination: IPv6Address

  public init(
    payloadByteCount: UInt16, nextHeader: UInt8, hopLimit: UInt8, source: IPv6Address,
    destination: IPv6Address
  ) {
    self.payloadByteCount = payloadByteCount
    self.nextHeader = nextHeader
    self.hopLimit = hopLimit
    self.source = source
    self.destination = destination
  }

  /// The header at the front of `packet`. Traffic class and flow label are not kept, and the
  /// length is not compared with the packet's.
  public init(_ packet: Span<UInt8>) throws(WireError) {
    guard packet.count >= Self.byteCount else { throw .tooShort }
    guard packet[0] >> 4 == 6 else { throw .badVersion }
    payloadByteCount = packet.load16(bigEndianAt: 4)
    nextHeader = packet[6]
    hopLimit = packet[7]
    source = IPv6Address(copying: packet.extracting(8..<24))
    destination = IPv6Address(copying: packet.extracting(24..<40))
  }

  /// Pushes the header, traffic class and flow label zero, in front of `packet`.
  public func push(onto packet: inout FrameBuffer) {
    packet.push(Self.byteCount)
    var bytes = packet.mutableSpan
    bytes.store(0x6000_0000 as UInt32, bigEndianAt: 0)
    bytes.store(payloadByteCount, bigEndianAt: 4)
    bytes[6] = nextHeader
    bytes[7] = hopLimit
    bytes.store(source.bytes.span, at: 8)
    bytes.store(destination.bytes.span, at: 24)
  }
}
