import Bytes

/// What stands in front of the content in an Ethernet frame, behind addresses and type (links.md
/// section 7), 6 bytes.
///
/// ```
///                1               2               3
///  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |   version 0   |    ignored    |   content and these 6 bytes   |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |            0xfc00             |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// ```
/// The length is there because cards pad short frames, and some leave a checksum at the end.
public enum EthernetHeader {
  public static var byteCount: Int { 6 }
  /// The type of all our frames, and what the header ends with.
  public static var etherType: UInt16 { 0xfc00 }

  /// Puts the header in front of the content in `frame`; false, and nothing done, if there is no
  /// room for it.
  public static func push(onto frame: inout FrameBuffer) -> Bool {
    guard frame.headroom >= byteCount else { return false }
    frame.push(byteCount)
    let count = UInt16(truncatingIfNeeded: frame.count)
    var bytes = frame.mutableSpan
    bytes.store(0 as UInt16, bigEndianAt: 0)
    bytes.store(count, bigEndianAt: 2)
    bytes.store(etherType, bigEndianAt: 4)
    return true
  }

  /// Takes the header off, and what is behind the content.
  public static func pull(from frame: inout FrameBuffer) throws(WireError) {
    guard frame.count >= byteCount else { throw .tooShort }
    guard frame.span[0] == 0 else { throw .badVersion }
    guard frame.span.load16(bigEndianAt: 4) == etherType else { throw .badMagic }
    let count = Int(frame.span.load16(bigEndianAt: 2))
    guard count >= byteCount else { throw .malformed }
    guard count <= frame.count else { throw .tooShort }
    frame.resize(to: count)
    frame.pull(byteCount)
  }
}
