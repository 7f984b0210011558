import Bytes
import Cryptography
import Routing
import Switching
import Wire

/// Addresses in key space, and messages between routers.
enum RoutingVectors {
  // MARK: routing-address.json

  static func addresses(_ json: JSON, _ report: inout Report) {
    for (i, node) in json["nodes"].items.enumerated() {
      report.expect(isRight(node: node), "node", i)
    }
    for (i, entry) in json["closest"].items.enumerated() {
      report.expect(isRight(closest: entry), "closest", i)
    }
    for (i, entry) in json["bucketForAddr"].items.enumerated() {
      var ok = false
      if let from = address(entry["src"]), let to = address(entry["dst"]) {
        ok = Int64(Distance(from, to).bucket) == entry["bucket"].int
      }
      report.expect(ok, "bucketForAddr", i)
    }
    for (i, entry) in json["addrForBucket"].items.enumerated() {
      var ok = false
      if let from = address(entry["src"]), let bucket = entry["bucket"].uint, bucket < 128 {
        ok = from.bucketTarget(Int(bucket)) == address(entry["out"])
      }
      report.expect(ok, "addrForBucket", i)
    }
    for (i, entry) in json["packedNode"].items.enumerated() {
      report.expect(isRight(packed: entry), "packedNode", i)
    }
    for (i, entry) in json["versionList"].items.enumerated() {
      report.expect(isRight(versions: entry), "versionList", i)
    }
    report.finish(
      casesInFile: count(
        json, ["nodes", "closest", "bucketForAddr", "addrForBucket", "packedNode", "versionList"]))
  }

  private static func count(_ json: JSON, _ keys: [StaticString]) -> Int {
    var count = 0
    for key in keys { count += json[key].items.count }
    return count
  }

  private static func address(_ json: JSON) -> IPv6Address? {
    guard let bytes = json.hex, bytes.count == IPv6Address.byteCount else { return nil }
    return IPv6Address(copying: bytes.span)
  }

  private static func key(_ json: JSON) -> PublicKey? {
    guard let bytes = json.hex, bytes.count == PublicKey.byteCount else { return nil }
    return PublicKey(copying: bytes.span)
  }

  private static func identity(_ json: JSON) -> Identity? {
    guard let bytes = json.hex, bytes.count == 32 else { return nil }
    do throws(KeyError) {
      return try Identity(privateKey: SecretBytes(copying: bytes.span))
    } catch { return nil }
  }

  private static func isRight(node: JSON) -> Bool {
    guard let identity = identity(node["priv"]), let address = address(node["ip"]) else {
      return false
    }
    return identity.publicKey == key(node["pub"]) && identity.publicKey.address == address
      && UInt64(address.prefix) == node["prefix"].uint
  }

  private static func isRight(closest entry: JSON) -> Bool {
    guard let target = address(entry["target"]), let a = address(entry["a"]),
      let b = address(entry["b"])
    else { return false }
    let distanceA = Distance(target, a)
    let distanceB = Distance(target, b)
    let result: Int64 = distanceA < distanceB ? -1 : distanceA == distanceB ? 0 : 1
    return result == entry["result"].int && isRight(distanceA, entry["distance_a"])
      && isRight(distanceB, entry["distance_b"])
  }

  private static func isRight(_ distance: Distance, _ json: JSON) -> Bool {
    guard let bytes = json.hex, bytes.count == 16 else { return false }
    return bytes.span.load64(bigEndianAt: 0) == distance.high
      && bytes.span.load64(bigEndianAt: 8) == distance.low
  }

  private static func isRight(packed entry: JSON) -> Bool {
    guard let key = key(entry["pub"]), let path = entry["path"].hexNumber,
      let packed = entry["packed"].hex
    else { return false }
    let nodes = [ListedNode(key: key, label: Label(path), version: 21)]
    let versions: [UInt8] = [1, 21]
    return ListedNode.packed(nodes) == packed
      && ListedNode.unpacked(packed.span, versions: versions.span) == nodes
  }

  private static func isRight(versions entry: JSON) -> Bool {
    guard let packed = entry["np"].hex else { return false }
    var nodes: [ListedNode] = []
    for version in entry["versions"].items {
      guard let version = version.uint else { return false }
      nodes.append(
        ListedNode(
          key: PublicKey(FixedBytes()), label: Label(0x13),
          version: UInt32(truncatingIfNeeded: version)))
    }
    return ListedNode.packedVersions(nodes) == packed
      && ListedNode.unpacked(ListedNode.packed(nodes).span, versions: packed.span) == nodes
  }

  // MARK: routing-messages.json

  /// Probes are put to a router that knows what the recorded one knew; what nodes sent on their
  /// own is read, written and read again.
  static func messages(_ json: JSON, _ report: inout Report) {
    for (i, probe) in json["probes"].items.enumerated() {
      report.expect(isRight(probe: probe, json["nodes"]), "probe", i)
    }
    for (i, message) in json["natural"].items.enumerated() {
      report.expect(isRight(natural: message), "natural", i)
    }
    report.finish(casesInFile: count(json, ["probes", "natural"]))
  }

  private static func isRight(natural message: JSON) -> Bool {
    guard let bytes = message["bytes"].hex, let read = read(bytes),
      isEqual(read, message["decoded"], orderCounts: true), let again = self.read(read.encoded)
    else { return false }
    return isEqual(again, message["decoded"], orderCounts: true)
  }

  private static func read(_ bytes: [UInt8]) -> RouterMessage? {
    do throws(RouterMessageError) {
      return try RouterMessage(bytes.span)
    } catch { return nil }
  }

  /// True if the message says what the decoded one does. The order of listed nodes is that of the
  /// recorded node, which approximates: only the last one, the best, must be the same.
  private static func isEqual(
    _ message: RouterMessage, _ decoded: JSON, orderCounts: Bool
  ) -> Bool {
    guard Int64(message.form) == decoded["ei"].int, UInt64(message.version) == decoded["p"].uint,
      message.scheme.serialized == decoded["es"].hex,
      message.transaction == decoded["txid"].hex,
      message.target == decoded["tar"].hex ?? [], name(message.query) == decoded["q"].text
    else { return false }
    var expected: [ListedNode] = []
    if let packed = decoded["n"].hex, let versions = decoded["np"].hex {
      guard let nodes = ListedNode.unpacked(packed.span, versions: versions.span) else {
        return false
      }
      expected = nodes
    }
    if orderCounts { return message.nodes == expected }
    guard message.nodes.count == expected.count, message.nodes.last == expected.last else {
      return false
    }
    return message.nodes.allSatisfy { expected.contains($0) }
  }

  private static func name(_ kind: RouterMessage.Kind?) -> [UInt8]? {
    var name = ByteWriter()
    switch kind {
    case .ping: name.append("pn")
    case .peers: name.append("gp")
    case .find: name.append("fn")
    case .nextHop: name.append("nh")
    case .other, nil: return nil
    }
    return name.bytes
  }

  private static func isRight(probe: JSON, _ nodes: JSON) -> Bool {
    guard let path = probe["seen"]["labelSeenByResponder"].hexNumber,
      let query = probe["query"]["bytes"].hex, let asker = key(nodes[0]["pub"]),
      let stage = RouterStage(nodes: nodes)
    else { return false }
    let answer = stage.answer(query, from: asker, asker.address, path: Label(path))
    guard let answer else { return probe["reply"].isNull }
    return isEqual(answer, probe["reply"]["decoded"], orderCounts: false)
  }

  // MARK: routing-nodestore.json

  /// The answers to gp, fn and nh from one table. What the file tells of link costs and rumour
  /// mills is the inside of the recorded node.
  static func table(_ json: JSON, _ report: inout Report) {
    guard let own = address(json["self"]),
      let stage = RouterStage(address: own, table: json["table"][0]["nodes"])
    else { return report.expect(false, "the table cannot be built") }
    for (i, entry) in json["getPeers"].items.enumerated() {
      var ok = false
      if let label = entry["label"].hexNumber {
        let labels = stage.ask(.peers, bytes(label)).map { $0.label.bits }
        ok = labels == entry["out"].items.compactMap { $0.hexNumber }
      }
      report.expect(ok, "getPeers", i)
    }
    for (i, entry) in json["closestNodes"].items.enumerated() {
      check(closest: entry, stage, Report.caseName("closestNodes", [i]), &report)
    }
    report.finish(casesInFile: count(json, ["getPeers", "closestNodes"]))
  }

  private static func bytes(_ label: UInt64) -> [UInt8] {
    (0..<8).map { UInt8(truncatingIfNeeded: label >> UInt64(56 - 8 * $0)) }
  }

  private static func check(
    closest entry: JSON, _ stage: RouterStage, _ name: [UInt8], _ report: inout Report
  ) {
    guard let target = entry["target"].hex else { return report.expect(false, name) }
    let near = stage.ask(.find, target).map { stage.address(of: $0) }
    let next = stage.ask(.nextHop, target)
    let isNextRight =
      next.first.map { stage.address(of: $0) } == address(entry["nextHop"])
      && next.first?.label.bits == entry["nextHopPath"].hexNumber
    func isSame(_ list: JSON) -> Bool {
      let expected = list.items.compactMap { address($0) }
      return near.count == expected.count && near.last == expected.last
        && near.allSatisfy { expected.contains($0) }
    }
    report.expect(isNextRight && isSame(entry["out"]), name) { isNextRight && isSame($0) }
  }
}
