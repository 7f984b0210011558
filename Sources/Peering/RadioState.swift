/// What a radio knows of a neighbour. What it does not know is 0.
public final class RadioState: Sendable {
  /// How strong its frames arrive, dBm.
  public let signal: Int8
  /// Of what is sent there, kbit/s.
  public let bitRate: UInt32
  /// Frames that were sent there, how often one of them was sent again, and how many were given up.
  public let sent: UInt32
  public let retries: UInt32
  public let failed: UInt32
  /// How long the air is taken by a full packet on its way there, microseconds.
  public let airtime: UInt32

  /// `throughput` is what the driver expects to get there, kbit/s.
  public init(
    signal: Int8, bitRate: UInt32, throughput: UInt32, sent: UInt32, retries: UInt32,
    failed: UInt32
  ) {
    self.signal = signal
    self.bitRate = bitRate
    self.sent = sent
    self.retries = retries
    self.failed = failed
    airtime = Self.airtime(
      bitRate: bitRate, throughput: throughput, sent: sent, retries: retries, failed: failed)
  }

  /// The bits of a full packet, and what a frame costs besides: waiting, preamble, acknowledgement.
  private static var packetBits: UInt64 { 8 * 1400 }
  private static var overheadMicroseconds: UInt64 { 200 }

  private static func airtime(
    bitRate: UInt32, throughput: UInt32, sent: UInt32, retries: UInt32, failed: UInt32
  ) -> UInt32 {
    if throughput > 0 {
      return UInt32(clamping: 1000 * packetBits / UInt64(throughput))
    }
    guard bitRate > 0 else { return 0 }
    let once = overheadMicroseconds + 1000 * packetBits / UInt64(bitRate)
    // Each time it is sent takes as long; what is given up took its time for nothing.
    let attempts = UInt64(sent) + UInt64(retries) + 1
    let delivered = UInt64(sent) - UInt64(min(sent, failed)) + 1
    return UInt32(clamping: once * attempts / delivered)
  }
}
