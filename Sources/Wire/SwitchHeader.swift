import Bytes

/// The 12 bytes that every switch on the path reads and rewrites (switch.md section 2).
///
/// ```
///                1               2               3
///  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |                                                               |
/// +                             label                             +
/// |                                                               |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// | congestion  |S| v |   shift   |         traffic class         |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// ```
public struct SwitchHeader: Equatable, Sendable {
  public static var byteCount: Int { 12 }
  /// The header version that senders write.
  public static var currentVersion: UInt8 { 1 }

  public var label: UInt64
  /// 0 to 127; nobody acts on it.
  public var congestion: UInt8
  /// The packet must not cause an error packet.
  public var suppressErrors: Bool
  /// 0 to 3; not checked by anybody.
  public var version: UInt8
  /// Bits shifted out of the label so far, 0 to 63.
  public var labelShift: UInt8
  public var trafficClass: UInt16

  /// A header as a sender writes it.
  public init(label: UInt64, suppressErrors: Bool = false) {
    self.label = label
    congestion = 0
    self.suppressErrors = suppressErrors
    version = Self.currentVersion
    labelShift = 0
    trafficClass = 0
  }

  /// The header at the front of `packet`.
  public init(_ packet: Span<UInt8>) throws(WireError) {
    guard packet.count >= Self.byteCount else { throw .tooShort }
    label = packet.load64(bigEndianAt: 0)
    congestion = packet[8] >> 1
    suppressErrors = packet[8] & 1 != 0
    version = packet[9] >> 6
    labelShift = packet[9] & 63
    trafficClass = packet.load16(bigEndianAt: 10)
  }

  /// Writes the 12 bytes at the front of `packet`; they must be there.
  public func emit(into packet: inout MutableSpan<UInt8>) {
    packet.store(label, bigEndianAt: 0)
    packet[8] = congestion << 1 | (suppressErrors ? 1 : 0)
    packet[9] = version << 6 | labelShift & 63
    packet.store(trafficClass, bigEndianAt: 10)
  }

  /// Pushes the header in front of `packet`; there must be headroom.
  public func push(onto packet: inout FrameBuffer) {
    packet.push(Self.byteCount)
    var bytes = packet.mutableSpan
    emit(into: &bytes)
  }
}
