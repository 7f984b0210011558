import Bytes

/// How a node makes itself known on a network segment (links.md section 6), 56 bytes.
///
/// ```
///                1               2               3
///  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |                       protocol version                        |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |                      password, 20 bytes                       |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |                     public key, 32 bytes                      |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// ```
public struct Beacon: Equatable, Sendable {
  public static var byteCount: Int { 56 }
  public static var passwordByteCount: Int { 20 }

  public var version: UInt32
  /// Any 20 bytes; never text, never cut at a zero.
  public var password: FixedBytes<20>
  public var publicKey: FixedBytes<32>

  public init(version: UInt32, password: FixedBytes<20>, publicKey: FixedBytes<32>) {
    self.version = version
    self.password = password
    self.publicKey = publicKey
  }

  /// The beacon at the front of `frame`; what follows it is ignored.
  public init(_ frame: Span<UInt8>) throws(WireError) {
    guard frame.count >= Self.byteCount else { throw .tooShort }
    version = frame.load32(bigEndianAt: 0)
    password = FixedBytes(copying: frame.extracting(4..<24))
    publicKey = FixedBytes(copying: frame.extracting(24..<56))
  }

  /// Writes the 56 bytes at `offset` of `frame`; they must be there.
  public func emit(into frame: inout MutableSpan<UInt8>, at offset: Int = 0) {
    frame.store(version, bigEndianAt: offset)
    frame.store(password.span, at: offset + 4)
    frame.store(publicKey.span, at: offset + 24)
  }
}
