import Bytes
import Cryptography
import Switching

/// A node as an answer lists it (routing.md section 5). Hearsay, until the node itself answered.
///
/// ```
/// n:  | key, 32 bytes | label, 8 bytes |  for each node
/// np: | bytes per version, 1 byte | version, as many bytes |  for each node
/// ```
public struct ListedNode: Equatable, Sendable {
  public static var byteCount: Int { 40 }

  public var key: PublicKey
  /// From the node that answers.
  public var label: Label
  public var version: UInt32

  public init(key: PublicKey, label: Label, version: UInt32) {
    self.key = key
    self.label = label
    self.version = version
  }

  /// The packed nodes of `n`.
  public static func packed(_ nodes: [ListedNode]) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(nodes.count * byteCount)
    for node in nodes {
      for i in 0..<PublicKey.byteCount { bytes.append(node.key.bytes[i]) }
      append(node.label.bits, byteCount: 8, to: &bytes)
    }
    return bytes
  }

  /// The version list of `nodes`: the fewest bytes that keep "all bits set" free.
  public static func packedVersions(_ nodes: [ListedNode]) -> [UInt8] {
    var width = 1
    for node in nodes {
      while width < 4, node.version >= (UInt32(1) << UInt32(8 * width)) - 1 { width += 1 }
    }
    var bytes: [UInt8] = [UInt8(width)]
    for node in nodes { append(UInt64(node.version), byteCount: width, to: &bytes) }
    return bytes
  }

  static func append(_ value: UInt64, byteCount: Int, to bytes: inout [UInt8]) {
    for i in 0..<byteCount {
      bytes.append(UInt8(truncatingIfNeeded: value >> UInt64(8 * (byteCount - 1 - i))))
    }
  }

  /// Reads `n` and `np`; nil unless both are whole and of the same count.
  public static func unpacked(_ nodes: Span<UInt8>, versions: Span<UInt8>) -> [ListedNode]? {
    guard nodes.count % byteCount == 0, versions.count > 0 else { return nil }
    let count = nodes.count / byteCount
    let width = Int(versions[0])
    guard width >= 1, width <= 4, versions.count == 1 + count * width else { return nil }
    var result: [ListedNode] = []
    result.reserveCapacity(count)
    for i in 0..<count {
      var version: UInt32 = 0
      for j in 0..<width { version = version << 8 | UInt32(versions[1 + i * width + j]) }
      let start = i * byteCount
      result.append(
        ListedNode(
          key: PublicKey(copying: nodes.extracting(start..<start + PublicKey.byteCount)),
          label: Label(nodes.load64(bigEndianAt: start + PublicKey.byteCount)),
          version: version))
    }
    return result
  }
}
