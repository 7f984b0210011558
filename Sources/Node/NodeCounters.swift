/// What a node did with its packets, and why it dropped some.
public struct NodeCounters: Equatable, Sendable {
  // MARK: The switch
  /// Packets passed on from one neighbour to another.
  public var forwardedCount: UInt64 = 0
  /// Packets for this node.
  public var deliveredCount: UInt64 = 0
  /// Packets with no room for a switch header or the least content.
  public var runtCount: UInt64 = 0
  /// Packets whose path is too long.
  public var labelShiftCount: UInt64 = 0
  /// Error packets made, and those that were not because of their number.
  public var errorSentCount: UInt64 = 0
  public var errorSuppressedCount: UInt64 = 0

  // MARK: Control frames
  /// Malformed or of an unknown kind.
  public var controlRefusedCount: UInt64 = 0
  public var controlAnsweredCount: UInt64 = 0
  /// Not answered because of their number.
  public var controlLimitedCount: UInt64 = 0
  /// Return paths without a marker.
  public var badReturnPathCount: UInt64 = 0
  /// Error packets that came in.
  public var errorReceivedCount: UInt64 = 0

  // MARK: End-to-end sessions
  /// Run packets with a handle that no session has.
  public var unknownHandleCount: UInt64 = 0
  /// Handshakes refused before any operation on the curve.
  public var handshakeRefusedCount: UInt64 = 0
  public var handshakeLimitedCount: UInt64 = 0
  /// Handshakes that were opened, each with an operation on the curve.
  public var handshakeTrialCount: UInt64 = 0
  public var undecryptableCount: UInt64 = 0
  /// Content that is of no use: too short, of an unknown type, or not allowed in a handshake.
  public var contentRefusedCount: UInt64 = 0
  public var sessionMadeCount: UInt64 = 0
  public var sessionEvictedCount: UInt64 = 0
  public var reopenedCount: UInt64 = 0

  // MARK: The operating system's side
  public var tunReceivedCount: UInt64 = 0
  public var tunSentCount: UInt64 = 0
  /// No IPv6 packet, of a foreign source, or of the wrong length.
  public var tunRefusedCount: UInt64 = 0
  /// Destinations outside the network.
  public var tunUnroutableCount: UInt64 = 0
  public var tunTooBigCount: UInt64 = 0
  /// Packets that waited in vain, for too long or pushed out by others.
  public var waitingDroppedCount: UInt64 = 0
  public var icmpSentCount: UInt64 = 0

  // MARK: All
  /// No frame was left.
  public var exhaustedCount: UInt64 = 0
  /// Broadcasts that are no beacons, and events that nobody took.
  public var broadcastDroppedCount: UInt64 = 0
  public var eventDroppedCount: UInt64 = 0

  public init() {}
}
