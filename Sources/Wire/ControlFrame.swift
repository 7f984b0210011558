import Bytes

/// What stands behind four bytes of all ones after a switch header (switch.md section 8).
///
/// ```
///                1               2               3
///  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |                       handle, all ones                        |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |           checksum            |             type              |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |                             body                              |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// ```
/// Offsets below count from the checksum; most bodies begin with a magic number and the sender's
/// protocol version.
public enum ControlFrame {
  /// The handle that says: control frame.
  public static var handle: UInt32 { 0xffff_ffff }
  public static var handleByteCount: Int { 4 }
  /// Checksum and type.
  public static var headerByteCount: Int { 4 }
  /// Shorter frames (from the checksum on) are dropped.
  public static var byteCountMin: Int { 8 }
  /// Errors are of use only with so much of the packet that caused them.
  public static var errorByteCountMin: Int { 40 }
  /// Where the data begins that an answer echoes, for a ping.
  public static var pingDataOffset: Int { 12 }
  /// Where the data of a key ping begins.
  public static var keyPingDataOffset: Int { 44 }
  /// Where the data of an answer to "by which label do you reach me" begins.
  public static var returnPathDataOffset: Int { 20 }
  /// Most bytes of own data that a sender puts into a ping.
  public static var pingDataByteCountMax: Int { 256 }
  /// Most bytes of own data in a key ping.
  public static var keyPingDataByteCountMax: Int { 64 }

  /// What a control frame is.
  public enum Kind: UInt16, Sendable {
    case error = 2
    case ping = 3
    case pong = 4
    case keyPing = 5
    case keyPong = 6
    case supernodeQuery = 7
    case supernodeReply = 8
    case returnPathQuery = 9
    case returnPathReply = 10
    case linkAddressQuery = 11
    case linkAddressReply = 12

    /// The number at the start of the body; nil where there is none.
    public var magic: UInt32? {
      switch self {
      case .error: nil
      case .ping: 0x09f9_1102
      case .pong: 0x9d74_e35b
      case .keyPing: 0x0123_4567
      case .keyPong: 0x89ab_cdef
      case .supernodeQuery, .returnPathQuery: 0x736e_6f71
      case .supernodeReply, .returnPathReply: 0x736e_6f72
      case .linkAddressQuery: 0x6c6c_6171
      case .linkAddressReply: 0x6c6c_6172
      }
    }

    /// Shortest frame of this kind, from the checksum on.
    public var byteCountMin: Int {
      switch self {
      case .error: errorByteCountMin
      case .ping, .pong: 12
      case .keyPing, .keyPong, .linkAddressQuery, .linkAddressReply: 44
      case .supernodeQuery, .supernodeReply: 60
      case .returnPathQuery, .returnPathReply: 20
      }
    }

    /// The kind that answers it; nil for what is no query.
    public var answer: Kind? {
      switch self {
      case .ping: .pong
      case .keyPing: .keyPong
      case .supernodeQuery: .supernodeReply
      case .returnPathQuery: .returnPathReply
      case .linkAddressQuery: .linkAddressReply
      default: nil
      }
    }
  }

  /// What the switch complains about (switch.md section 7).
  public enum ErrorType: UInt32, Sendable {
    case malformedAddress = 1
    case authentication = 6
    case undeliverable = 8
    case returnPathInvalid = 10
  }

  /// True if what follows the switch header of `packet` is a control frame.
  public static func isPresent(in packet: Span<UInt8>) -> Bool {
    packet.count >= SwitchHeader.byteCount + handleByteCount
      && packet.load32(bigEndianAt: SwitchHeader.byteCount) == handle
  }

  /// Checks `frame` (from the checksum on): length, checksum, type, magic. Returns its kind.
  public static func check(_ frame: Span<UInt8>) throws(WireError) -> Kind {
    guard frame.count >= byteCountMin else { throw .tooShort }
    guard Checksum.of(frame) == 0 || hasSwappedChecksum(frame) else { throw .badChecksum }
    guard let kind = Kind(rawValue: frame.load16(bigEndianAt: 2)) else { throw .unknownType }
    guard frame.count >= kind.byteCountMin else { throw .tooShort }
    if kind == .keyPing || kind == .keyPong,
      frame.count > keyPingDataOffset + keyPingDataByteCountMax
    {
      throw .tooLong
    }
    if let magic = kind.magic, frame.load32(bigEndianAt: 4) != magic { throw .badMagic }
    return kind
  }

  /// True for an authentication error whose checksum stands there with its bytes exchanged, as
  /// nodes of the versions 19 to 21 write it (crypto.md 6.8).
  private static func hasSwappedChecksum(_ frame: Span<UInt8>) -> Bool {
    frame.count >= 8 && frame.load16(bigEndianAt: 2) == Kind.error.rawValue
      && frame.load32(bigEndianAt: 4) == ErrorType.authentication.rawValue
      && Checksum.of(frame.extracting(2..<frame.count)).byteSwapped
        == frame.load16(bigEndianAt: 0)
  }

  /// The sender's protocol version in `frame`, for every kind but an error.
  public static func version(of frame: Span<UInt8>) -> UInt32 { frame.load32(bigEndianAt: 8) }

  /// Turns the query `frame` (from the checksum on, checked) into the head of its answer: type,
  /// magic, version. The caller fills in the rest and then calls `seal`.
  public static func beginAnswer(
    _ frame: inout MutableSpan<UInt8>, kind: Kind, version: UInt32
  ) {
    frame.store(kind.rawValue, bigEndianAt: 2)
    if let magic = kind.magic { frame.store(magic, bigEndianAt: 4) }
    frame.store(version, bigEndianAt: 8)
  }

  /// Writes the checksum of `frame` (from the checksum on).
  public static func seal(_ frame: inout MutableSpan<UInt8>) {
    frame.store(UInt16(0), bigEndianAt: 0)
    frame.store(Checksum.of(frame.span), bigEndianAt: 0)
  }

  /// Makes `frame` an empty-bodied query of `kind` with `byteCountMin` bytes and `data` behind
  /// them, the handle in front: what goes behind a switch header. Fields that the kind has beyond
  /// magic and version are zero. False if there is no room.
  public static func build(
    _ frame: inout FrameBuffer, kind: Kind, version: UInt32, data: Span<UInt8>
  ) -> Bool {
    frame.reset()
    let byteCount = handleByteCount + kind.byteCountMin
    guard frame.tailroom >= byteCount + data.count else { return false }
    frame.resize(to: byteCount)
    do {
      var bytes = frame.mutableSpan
      for i in 0..<byteCount { bytes[i] = 0 }
      bytes.store(handle, bigEndianAt: 0)
    }
    frame.append(data)
    sealBehindHandle(&frame) { bytes in beginAnswer(&bytes, kind: kind, version: version) }
    return true
  }

  /// Lets `edit` change the frame behind its handle, then writes the checksum.
  public static func sealBehindHandle(
    _ frame: inout FrameBuffer, edit: (inout MutableSpan<UInt8>) -> Void
  ) {
    frame.pull(handleByteCount)
    do {
      var bytes = frame.mutableSpan
      edit(&bytes)
      seal(&bytes)
    }
    frame.push(handleByteCount)
  }
}
