import Bytes

/// A beacon as a UDP datagram to the beacon port (links.md 8.1), 64 bytes.
///
/// ```
///                1               2               3
///  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |                          0xfffffffc                           |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |   version 0   |       0       |     the sender's data port    |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |                       beacon, 56 bytes                        |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// ```
public struct UDPBeacon: Equatable, Sendable {
  public static var headerByteCount: Int { 8 }
  public static var byteCount: Int { headerByteCount + Beacon.byteCount }
  static var magic: UInt32 { 0xffff_fffc }

  /// Where the sender is to be reached, at the address the beacon came from.
  public var port: UInt16
  public var beacon: Beacon

  public init(port: UInt16, beacon: Beacon) {
    self.port = port
    self.beacon = beacon
  }

  public init(_ datagram: Span<UInt8>) throws(WireError) {
    guard datagram.count >= Self.byteCount else { throw .tooShort }
    guard datagram.load32(bigEndianAt: 0) == Self.magic else { throw .badMagic }
    guard datagram[4] == 0 else { throw .badVersion }
    guard datagram[5] == 0 else { throw .malformed }
    port = datagram.load16(bigEndianAt: 6)
    beacon = try Beacon(datagram.extracting(Self.headerByteCount..<datagram.count))
  }

  /// Makes `frame` this datagram.
  public func emit(into frame: inout FrameBuffer) {
    frame.reset()
    frame.resize(to: Self.byteCount)
    var bytes = frame.mutableSpan
    bytes.store(Self.magic, bigEndianAt: 0)
    bytes[4] = 0
    bytes[5] = 0
    bytes.store(port, bigEndianAt: 6)
    beacon.emit(into: &bytes, at: Self.headerByteCount)
  }
}
