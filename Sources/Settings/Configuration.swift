import Bytes
import Cryptography
import Wire

/// All that a node is told by its operator: a cjdroute.conf after every key of it was checked.
public final class Configuration {
  public var identity: Identity
  public var users: [ConfiguredUser] = []
  /// An IP address; port 0: the system chooses.
  public var adminBind = LinkAddress()
  /// nil: a random one for each run.
  public var adminPassword: [UInt8]?
  public var udp: [UDPInterfaceConfiguration] = []
  public var ethernet: [EthernetInterfaceConfiguration] = []
  public var wifi: [WIFIInterfaceConfiguration] = []
  public var packetInterface: PacketInterface = .none
  /// Nodes to which the routing table has paths, peers not counted; nil: as this machine allows.
  public var tableSize: Int?
  public var security: SecurityConfiguration = .standard
  public var log: LogTarget = .subscribers
  /// Stay in the foreground.
  public var noBackground = false
  /// Where older tools expect a control socket; nil: not given.
  public var pipe: [UInt8]?
  /// A file in which to remember peers over a restart; nil: none.
  public var stateFile: [UInt8]?

  /// Reads and checks a configuration as a whole, before anything is opened. What is merely odd is
  /// appended to `notes`; they are in the order of the file's sections.
  public static func read(
    _ text: Span<UInt8>, notes: inout [ConfigurationNote]
  ) throws(ConfigurationError) -> Configuration {
    let document = try ConfigurationDocument(text)
    let report = ConfigurationReport()
    let configuration = ConfigurationReader.configuration(
      ConfigurationItem(
        path: [], at: document.root.position, document.root.content, report))
    notes += document.notes
    notes += report.notes
    if let error = report.error { throw error }
    // No configuration without an error.
    return configuration!
  }

  init(identity: Identity) { self.identity = identity }
}
