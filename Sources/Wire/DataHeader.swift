import Bytes

/// The first thing in the plaintext of an end-to-end session (crypto.md 6.4).
///
/// ```
///                1               2               3
///  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// | ver 1 | unused|    unused     |         content type          |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// ```
public struct DataHeader: Equatable, Sendable {
  public static var byteCount: Int { 4 }

  /// What follows: up to 255 the payload of an IPv6 packet with that next header.
  public var contentType: UInt16

  /// The content type of messages between routers.
  public static var routerMessage: UInt16 { 256 }
  /// The content type of tunnelled IP packets and their negotiation.
  public static var tunnel: UInt16 { 257 }

  public init(contentType: UInt16) { self.contentType = contentType }

  /// The header at the front of `message`. The version is not checked, as nobody does.
  public init(_ message: Span<UInt8>) throws(WireError) {
    guard message.count >= Self.byteCount else { throw .tooShort }
    contentType = message.load16(bigEndianAt: 2)
  }

  /// Pushes the header in front of `message`; there must be headroom.
  public func push(onto message: inout FrameBuffer) {
    message.push(Self.byteCount)
    var bytes = message.mutableSpan
    bytes[0] = 0x10
    bytes[1] = 0
    bytes.store(contentType, bigEndianAt: 2)
  }
}
