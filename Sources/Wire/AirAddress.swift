import Bytes

/// What a frame of 802.11 in monitor mode says of its sender beside the destination: the addresses
/// that tell our network from others on the channel, and how to send.
public struct AirAddress: Equatable, Sendable {
  /// The card that sends, and that frames are addressed to.
  public var own: FixedBytes<6>
  /// The network; all of its nodes have the same.
  public var bssid: FixedBytes<6>
  /// In units of 500 kbit/s; 0: what the driver takes by itself, the slowest.
  public var rate: UInt8

  public init(
    own: FixedBytes<6> = FixedBytes(), bssid: FixedBytes<6> = FixedBytes(), rate: UInt8 = 0
  ) {
    self.own = own
    self.bssid = bssid
    self.rate = rate
  }
}
