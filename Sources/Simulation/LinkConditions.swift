/// How a simulated link treats frames. Chances are in thousandths.
public struct LinkConditions: Sendable {
  /// Milliseconds that a frame takes, and up to how many more.
  public var latency: UInt64
  public var jitter: UInt64
  public var lossPermille: UInt64
  public var duplicatePermille: UInt64
  /// Frames that take four times the latency more, and so come after later ones.
  public var delayPermille: UInt64
  /// Kilobits per second in each direction; 0 if there is no limit. Frames wait for their turn,
  /// those that would wait for longer than `queueMilliseconds` are dropped.
  public var bandwidth: UInt64
  public var queueMilliseconds: UInt64

  public init(
    latency: UInt64 = 2, jitter: UInt64 = 0, lossPermille: UInt64 = 0,
    duplicatePermille: UInt64 = 0, delayPermille: UInt64 = 0, bandwidth: UInt64 = 0,
    queueMilliseconds: UInt64 = 200
  ) {
    self.latency = latency
    self.jitter = jitter
    self.lossPermille = lossPermille
    self.duplicatePermille = duplicatePermille
    self.delayPermille = delayPermille
    self.bandwidth = bandwidth
    self.queueMilliseconds = queueMilliseconds
  }
}
