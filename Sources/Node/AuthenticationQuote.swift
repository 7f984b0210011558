import Bytes
import Sessions
import Wire

/// What an authentication error quotes of the packet that it is about (crypto.md 6.8), kept while
/// the packet is opened in place.
///
/// ```
///                1               2               3
///  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |           checksum            |            type 2             |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |                            error 6                            |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |           switch header as it was received, 12 bytes          |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |                  the 16 bytes that followed                   |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |                    error code of crypto.md 3.11               |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |                      state of the session                     |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// ```
public struct AuthenticationQuote: Sendable {
  private static var byteCount: Int { 28 }
  private var bytes = FixedBytes<28>()

  /// `packet` begins with its switch header and has at least 28 bytes.
  public init(_ packet: Span<UInt8>) { bytes = FixedBytes(copying: packet.extracting(0..<28)) }

  var suppressesErrors: Bool { bytes[8] & 1 != 0 }

  /// Makes `frame` the error, with the handle of a control frame in front.
  public func emit(error: SessionError, state: SessionState, into frame: inout FrameBuffer) {
    frame.reset()
    frame.resize(to: ControlFrame.handleByteCount + 8 + Self.byteCount + 8)
    do {
      var bytes = frame.mutableSpan
      bytes.store(ControlFrame.handle, bigEndianAt: 0)
    }
    ControlFrame.sealBehindHandle(&frame) { frame in
      frame.store(ControlFrame.Kind.error.rawValue, bigEndianAt: 2)
      frame.store(ControlFrame.ErrorType.authentication.rawValue, bigEndianAt: 4)
      frame.store(bytes.span, at: 8)
      frame.store(error.rawValue, bigEndianAt: 36)
      frame.store(state.rawValue, bigEndianAt: 40)
    }
  }
}
