import Bytes

/// The header of a CryptoAuth handshake packet (crypto.md 3.2): where its fields lie.
///
/// ```
///                1               2               3
///  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |                          kind, 0 to 3                         |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |   auth type   |                                               |
/// +-+-+-+-+-+-+-+-+             lookup, 7 bytes                   +
/// |                                                               |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |A|        derivations          |          additional           |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |                   handshake nonce, 24 bytes                   |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |                 permanent public key, 32 bytes                |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |                    authenticator, 16 bytes                    |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |          temporary public key, 32 bytes, encrypted            |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// ```
public enum HandshakeHeader {
  public static var byteCount: Int { 120 }

  /// Byte ranges of the fields.
  public enum Field {
    public static var kind: Range<Int> { 0..<4 }
    public static var challenge: Range<Int> { 4..<16 }
    public static var nonce: Range<Int> { 16..<40 }
    public static var permanentKey: Range<Int> { 40..<72 }
    public static var authenticator: Range<Int> { 72..<88 }
    public static var temporaryKey: Range<Int> { 88..<120 }
    /// What the box covers: authenticator, temporary key and the content behind the header.
    public static var boxStart: Int { 72 }
  }

  /// The first field of a handshake packet; 4 and above are counters of run packets.
  public enum Kind: UInt32, Sendable {
    case hello = 0
    case repeatHello = 1
    case key = 2
    case repeatKey = 3
  }
}
