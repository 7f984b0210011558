import Bytes
import Switching
import Wire

/// A query or an answer between routers: the bencode behind the data header (routing.md 5 to 7).
///
/// ```
/// query:  d 2:ei i0e 2:es 5:… 1:p i21e 1:q 2:fn 3:tar 16:… 4:txid 14:… e
/// answer: d 2:ei i0e 2:es 5:… 1:n 40:… 2:np 2:… 1:p i21e 4:txid 14:… e
/// ```
public final class RouterMessage {
  /// What a query asks for.
  public enum Kind: Equatable, Sendable {
    case ping
    case peers
    case find
    case nextHop
    /// A name that is not known; answered like a ping.
    case other
  }

  /// The lowest version that is spoken.
  public static var versionMin: UInt32 { 20 }
  /// A longer transaction number is not echoed.
  public static var transactionByteCountMax: Int { 64 }

  /// nil in an answer.
  public var query: Kind?
  /// True for a question to a supernode.
  public var isForSupernode = false
  /// Echoed unchanged.
  public var transaction: [UInt8]
  /// The sender's protocol version.
  public var version: UInt32
  public var scheme: EncodingScheme
  /// In the sender's scheme: the form of the first director of its path to the receiver.
  public var form: Int
  /// The address or label that a query is about; empty if there is none.
  public var target: [UInt8] = []
  /// Worst first, best last.
  public var nodes: [ListedNode] = []
  /// The sender wants not to be listed in answers.
  public var doNotDisturb = false

  public init(
    query: Kind?, transaction: [UInt8], version: UInt32, scheme: EncodingScheme, form: Int
  ) {
    self.query = query
    self.transaction = transaction
    self.version = version
    self.scheme = scheme
    self.form = form
  }

  /// Reads as liberally as routing.md section 4 asks. Bytes behind the dictionary are ignored.
  public convenience init(_ bytes: Span<UInt8>) throws(RouterMessageError) {
    let reader: BencodeReader
    do throws(BencodeError) {
      reader = try BencodeReader(bytes, .router)
    } catch { throw .malformed }
    guard let transaction = reader.stringRange("txid"),
      transaction.count <= Self.transactionByteCountMax
    else { throw .noTransaction }
    guard let version = reader.integer("p"), version >= Int64(Self.versionMin),
      version <= Int64(UInt32.max)
    else { throw .incompatible }
    let scheme: EncodingScheme
    if let range = reader.stringRange("es") {
      guard let read = EncodingScheme(serialized: reader.string(range)) else { throw .badScheme }
      scheme = read
    } else {
      scheme = .v358
    }
    guard let form = reader.integer("ei"), form >= 0, form < Int64(scheme.forms.count) else {
      throw .badScheme
    }
    self.init(
      query: nil, transaction: Self.copy(reader.string(transaction)), version: UInt32(version),
      scheme: scheme, form: Int(form))
    if let range = reader.stringRange("q") { query = Self.kind(reader.string(range)) }
    isForSupernode = reader.stringRange("sq") != nil
    if let range = reader.stringRange("tar") { target = Self.copy(reader.string(range)) }
    if let number = reader.integer("dnd"), number != 0 { doNotDisturb = true }
    if let packed = reader.stringRange("n"), let versions = reader.stringRange("np"),
      let read = ListedNode.unpacked(reader.string(packed), versions: reader.string(versions))
    {
      nodes = read
    }
  }

  static func copy(_ span: Span<UInt8>) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(span.count)
    for i in 0..<span.count { bytes.append(span[i]) }
    return bytes
  }

  private static func kind(_ name: Span<UInt8>) -> Kind {
    if BencodeReader.spells(name, "pn") { return .ping }
    if BencodeReader.spells(name, "gp") { return .peers }
    if BencodeReader.spells(name, "fn") { return .find }
    if BencodeReader.spells(name, "nh") { return .nextHop }
    return .other
  }

  /// The bytes to send: keys in order, padded to a multiple of four by zeros in front of the
  /// first key's length.
  public var encoded: [UInt8] {
    var writer = BencodeWriter()
    if doNotDisturb { writer.append("dnd", 1) }
    writer.append("ei", Int64(form))
    writer.append("es", scheme.serialized)
    if !nodes.isEmpty {
      writer.append("n", ListedNode.packed(nodes))
      writer.append("np", ListedNode.packedVersions(nodes))
    }
    writer.append("p", Int64(version))
    switch query {
    case .ping, .other: writer.append("q", "pn")
    case .peers: writer.append("q", "gp")
    case .find: writer.append("q", "fn")
    case .nextHop: writer.append("q", "nh")
    case nil: break
    }
    if !target.isEmpty { writer.append("tar", target) }
    writer.append("txid", transaction)
    let entries = writer.bytes
    var bytes: [UInt8] = [UInt8(ascii: "d")]
    bytes.reserveCapacity(entries.count + 5)
    while (bytes.count + entries.count + 1) % 4 != 0 { bytes.append(UInt8(ascii: "0")) }
    bytes += entries
    bytes.append(UInt8(ascii: "e"))
    return bytes
  }

  /// The target as an address; nil if it has not 16 bytes.
  public var targetAddress: IPv6Address? {
    let target = target
    return target.count == IPv6Address.byteCount ? IPv6Address(copying: target.span) : nil
  }

  /// The target as a label; nil if it has not 8 bytes.
  public var targetLabel: Label? {
    let target = target
    return target.count == 8 ? Label(target.span.load64(bigEndianAt: 0)) : nil
  }
}
