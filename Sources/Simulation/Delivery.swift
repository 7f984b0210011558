import Bytes

/// An IP packet that a simulated node gave to its operating system.
public struct Delivery: Sendable {
  public var time: Instant
  public var packet: [UInt8]

  public init(time: Instant, packet: [UInt8]) {
    self.time = time
    self.packet = packet
  }
}
