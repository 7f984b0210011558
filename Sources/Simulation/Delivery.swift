import Bytes

/// An IP packet that a simulated node gave to its operating system.
public struct Delivery: Sendable {
  public var time: Instant
  public var packet: [UInt8]
}
