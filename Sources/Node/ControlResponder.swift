import Bytes
import Cryptography
import Peering
import Switching
import Wire

/// Answers control queries (switch.md section 8): pure, and in place.
public struct ControlResponder: Sendable {
  public var key: PublicKey
  public var version: UInt32
  /// What neighbours are told who ask for a supernode.
  public var supernode: Supernode?

  public init(key: PublicKey, version: UInt32, supernode: Supernode? = nil) {
    self.key = key
    self.version = version
    self.supernode = supernode
  }

  /// Makes the query `frame` (from the checksum on, checked to be of `kind`) its answer, checksum
  /// included. It came along the return path `path`, from a neighbour at `linkAddress`. False if it
  /// is no query or deserves no answer; the frame is then to be dropped.
  public func answer(
    _ frame: inout FrameBuffer, to kind: ControlFrame.Kind, path: Label,
    linkAddress: LinkAddress?
  ) -> Bool {
    guard let answer = kind.answer else { return false }
    var bytes = frame.mutableSpan
    guard fill(&bytes, kind, path: path, linkAddress: linkAddress) else { return false }
    ControlFrame.beginAnswer(&bytes, kind: answer, version: version)
    ControlFrame.seal(&bytes)
    return true
  }

  /// Writes what the answer has beyond its head; the rest of the query is echoed.
  private func fill(
    _ bytes: inout MutableSpan<UInt8>, _ kind: ControlFrame.Kind, path: Label,
    linkAddress: LinkAddress?
  ) -> Bool {
    let isOneHop = EncodingScheme.v358.isOneHop(path)
    let isCompatible = ControlFrame.version(of: bytes.span) >= Peering.versionMin
    switch kind {
    case .ping:
      return isCompatible
    case .keyPing:
      guard isCompatible else { return false }
      bytes.store(key.bytes.span, at: 12)
      return true
    case .supernodeQuery:
      // Only neighbours are served: the answer is of use to nobody else.
      guard isCompatible, isOneHop else { return false }
      let label = supernode.flatMap { EncodingScheme.v358.widened($0.label, for: path) }
      bytes.store(label == nil ? 0 : supernode?.version ?? 0, bigEndianAt: 12)
      // Nobody acts on the speed; replies say "unlimited".
      bytes.store(UInt32.max, bigEndianAt: 16)
      for i in 20..<60 { bytes[i] = 0 }
      if let label, let supernode {
        bytes.store(supernode.key.bytes.span, at: 20)
        bytes.store(label.bits, bigEndianAt: 52)
      }
      return true
    case .returnPathQuery:
      bytes.store(path.bits, bigEndianAt: 12)
      return true
    case .linkAddressQuery:
      guard isOneHop, let linkAddress else { return false }
      Self.store(linkAddress, into: &bytes)
      return true
    default:
      return false
    }
  }

  /// Writes the 32 bytes of a link address at offset 12: type, length, content, zeros.
  private static func store(_ address: LinkAddress, into bytes: inout MutableSpan<UInt8>) {
    for i in 12..<44 { bytes[i] = 0 }
    switch address.family {
    case .ipv4:
      bytes[12] = 1
      bytes[13] = 8
      bytes.store(address.port, bigEndianAt: 14)
      bytes.store(address.bytes.span.extracting(0..<4), at: 16)
    case .ipv6:
      bytes[12] = 2
      bytes[13] = 20
      bytes.store(address.port, bigEndianAt: 14)
      bytes.store(address.bytes.span, at: 16)
    case .ethernet, .none:
      bytes[12] = 3
      bytes[13] = 32
      bytes.store(address.bytes.span.extracting(0..<6), at: 14)
    }
  }
}
