import Peering
import Routing

/// What can be chosen when a node is made.
public struct NodeOptions: Sendable {
  /// The protocol version it announces; 22 would promise Noise (crypto.md section 7).
  public var version: UInt32 = 21
  /// The largest IPv6 packet that is taken from the operating system; 1280 to 3000.
  public var tunMTU = 1304
  public var peering = PeeringLimits()
  public var router = RouterLimits()
  public var limits = NodeLimits()

  public init() {}
}
