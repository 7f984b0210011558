import Bytes
import Cryptography

/// A radio to speak through without an access point: an element of `interfaces.WIFIInterface`.
public final class WIFIInterfaceConfiguration {
  public enum Mode: Sendable {
    case mesh, ibss, monitor
  }

  public static var networkByteCountMax: Int { 32 }

  /// The name of a radio, or of a device that it has.
  public let radio: [UInt8]
  public var mode = Mode.mesh
  /// MHz.
  public var frequency: UInt32 = 0
  /// Who has the same hears us.
  public var network: [UInt8] = [0x63, 0x6a, 0x64, 0x6e, 0x73]
  /// Of what is for all, and of everything in monitor mode, 100 kbit/s; 0: the driver's.
  public var rate: UInt32 = 0
  /// dBm; nil: the driver's.
  public var power: Int32?
  /// 0 off, 1 accept, 2 send and accept.
  public var beacon: UInt8 = 0
  public var connectTo: [ConfiguredPeer] = []

  public init(radio: [UInt8]) { self.radio = radio }

  /// The name of the network as the address of a cell (BSSID): of one machine, and given by nobody.
  public var cell: FixedBytes<6> {
    var digest = FixedBytes<32>()
    var result = digest.mutableSpan
    let name = network
    Backend.sha256(name.span, name.span.extracting(0..<0), into: &result)
    var cell = FixedBytes<6>()
    for i in 0..<6 { cell[i] = digest[i] }
    cell[0] = cell[0] & 0xfc | 2
    return cell
  }
}
