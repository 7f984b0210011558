/// The bounds of what a node keeps beside its neighbours (`PeeringLimits`) and its router
/// (`RouterLimits`).
///
/// Memory, with the values given here and every table full: sessions 1.7 kB each (326 kB; twice
/// the keys while a handshake is under way), their indices 2 kB, token buckets of 16 bytes for 257
/// slots thrice and 256 classes of paths (16 kB), switch pings 400 bytes each (20 kB), events 96
/// bytes each and 400 bytes of text for half of them (75 kB), packets that wait 48 bytes each (1
/// kB) and their frames, 4 kB each, which are of the pool (96 kB): 440 kB beside the pool. Of all
/// this only buckets, indices and the empty tables (40 kB) are there at the start.
public struct NodeLimits: Sendable {
  /// End-to-end sessions.
  public var sessionCountMax = 192
  /// Of these, such as others began and did not complete.
  public var strangerCountMax = 48
  /// IP packets that wait for a path or a handshake, all in all and for one destination. Each
  /// holds a frame of the pool.
  public var waitingCountMax = 24
  public var waitingCountMaxPerDestination = 6
  /// When a search for a destination ends without a path, the next one begins after this pause, if
  /// its oldest packet has not waited for so long: a node that has just started has no links yet.
  public var searchMilliseconds: UInt64 = 3000
  public var searchPause: UInt64 = 250
  /// So long they wait.
  public var waitingMilliseconds: UInt64 = 10_000
  /// Users' packets that are the first of their sessions, and sent again so long if a path comes up
  /// that may let them through when others did not. Each holds a frame of the pool.
  public var unansweredCountMax = 8
  public var unansweredMilliseconds: UInt64 = 3000
  /// Switch pings that are out at once.
  public var switchPingCountMax = 50
  /// Events not yet taken; more are dropped, logs first.
  public var eventCountMax = 256
  /// End-to-end handshakes that may cost an operation on the curve: all in all, of one neighbour,
  /// and of one class of return paths.
  public var handshakesPerSecond = 60
  public var handshakeBurst = 120
  public var handshakesPerSecondPerPeer = 24
  public var handshakeBurstPerPeer = 64
  public var handshakesPerSecondPerPath = 6
  public var handshakeBurstPerPath = 16
  /// Error packets, and answers to control queries, for one neighbour.
  public var errorsPerSecondPerPeer = 20
  public var errorBurstPerPeer = 40
  public var answersPerSecondPerPeer = 100
  public var answerBurstPerPeer = 200
  /// ICMPv6 errors for the local host.
  public var complaintsPerSecond = 50
  public var complaintBurst = 100

  public init() {}
}
