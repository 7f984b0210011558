/// Why a packet was not accepted, with the numbers that error packets carry (crypto.md 3.11).
public enum SessionError: UInt32, Error, Sendable {
  /// Shorter than what it claims to be.
  case runt = 1
  /// A run packet before any handshake.
  case noSession = 2
  /// A KEY where nothing waits for one.
  case keyPacketEstablished = 5
  /// The packet is of another node than the session.
  case wrongPermanentKey = 6
  /// The user may come from another address only.
  case addressRestricted = 7
  case authRequired = 8
  case unrecognizedAuth = 9
  /// A KEY for a side that never said HELLO.
  case strayKey = 10
  case handshakeDecryptFailed = 11
  /// A temporary key that is zero or of low order.
  case wiseguy = 12
  /// A handshake packet that repeats what is over, or does not fit the state.
  case invalidPacket = 13
  /// An authentic run packet that came before, or much too late.
  case replay = 14
  /// A run packet that is not authentic.
  case decrypt = 15
  case `internal` = 16
}
