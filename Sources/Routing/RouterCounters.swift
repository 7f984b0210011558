/// What a router has done.
public struct RouterCounters: Equatable, Sendable {
  /// Queries sent to keep the table in order.
  public var maintenanceQueries: UInt64 = 0
  public var searchQueries: UInt64 = 0
  /// Queries sent for `ask`.
  public var askedQueries: UInt64 = 0
  public var answersSent: UInt64 = 0
  public var answersReceived: UInt64 = 0
  public var timeouts: UInt64 = 0
  /// Messages that are none, or of an incompatible version.
  public var malformed: UInt64 = 0
  /// Answers to nothing that we asked, or from somebody else.
  public var unsolicited: UInt64 = 0
  /// Listings that contradicted what was known about a node's links.
  public var contradictions: UInt64 = 0
  /// Complaints of switches that led to a check.
  public var errorChecks: UInt64 = 0
  public var droppedEffects: UInt64 = 0

  public init() {}
}
