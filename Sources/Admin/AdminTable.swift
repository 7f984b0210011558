import Bytes
import Cryptography
import Node
import Peering
import Routing
import Switching
import Wire

// The table of nodes (admin.md 8.7).
extension AdminServer {
  private static var nodesPerPage: Int { 4 }
  private static var addressCharacterCount: Int { 39 }

  mutating func dumpTable(_ page: Int, _ call: AdminCall, node: borrowing Node) {
    // This node itself is the first one.
    let count = node.nodeCount + 1
    let range = Self.range(page: page, perPage: Self.nodesPerPage, count: count)
    let reply = AdminReply(call, "count deprecation more peers routingTable")
    reply.put(count)
    reply.put("ip,path,version will soon be removed")
    reply.putMore(range, of: count)
    reply.put(Self.livePeers(call, node: node).count)
    reply.beginList()
    for i in range {
      guard let record = node.nodeRecord(at: i, now: call.now) else { break }
      reply.beginDictionary("addr bucket ip link path time version")
      reply.put(record.route)
      reply.put(record.bucket)
      reply.put(record.route.address)
      reply.put(record.cost == .max ? -1 : Int64(record.cost))
      reply.put(record.route.label)
      reply.put(record.age)
      reply.put(record.route.version)
      reply.end()
    }
    reply.end()
    send(reply)
  }

  mutating func putLink(
    _ request: borrowing AdminRequest, _ call: AdminCall, node: borrowing Node
  ) throws(AdminFailure) {
    let parent = try request.addressIfGiven("parent", "parse_parent") ?? node.address
    let number = request.integer("linkNum") ?? -1
    guard let parentNode = node.nodeRecord(address: parent, now: call.now), number >= 0,
      number < Int64(node.linkCount(of: parent)),
      let link = node.linkRecord(of: parent, at: Int(truncatingIfNeeded: number)),
      let childNode = node.nodeRecord(address: link.child, now: call.now)
    else { throw AdminFailure("not_found") }
    let reply = AdminReply(call, "error result")
    reply.put("none")
    reply.beginDictionary(
      """
      bestParent cannonicalLabel child inverseLinkEncodingFormNumber isOneHop linkCost parent
      """)
    reply.put(link.isBest)
    reply.put(link.label)
    reply.put(childNode.route)
    reply.put(link.inverseForm)
    reply.put(link.isOneHop)
    reply.put(link.cost)
    reply.put(parentNode.route)
    reply.end()
    send(reply)
  }

  mutating func putNode(
    _ request: borrowing AdminRequest, _ call: AdminCall, node: borrowing Node
  ) throws(AdminFailure) {
    let address = try request.addressIfGiven("ip", "parse_ip") ?? node.address
    let reply = AdminReply(call, "error result")
    reply.put("none")
    if let record = node.nodeRecord(address: address, now: call.now) {
      reply.beginDictionary(
        "bestParent cost encodingScheme key linkCount protocolVersion routeLabel")
      // This node is its own parent.
      let link = record.bestParent
      if link != nil || address == node.address {
        reply.beginDictionary("ip isOneHop parentChildLabel")
        reply.put(link?.parent ?? address)
        reply.put(link?.isOneHop ?? false)
        reply.put(link?.label ?? .here)
        reply.end()
      } else {
        reply.skip()
      }
      reply.put(record.cost)
      reply.put(record.scheme)
      reply.put(record.route.key)
      reply.put(record.linkCount)
      reply.put(record.route.version)
      reply.put(record.route.label)
    } else {
      reply.beginDictionary("")
    }
    reply.end()
    send(reply)
  }

  mutating func putRouteLabel(
    _ request: borrowing AdminRequest, _ call: AdminCall, node: borrowing Node
  ) throws(AdminFailure) {
    let parent = try request.label("pathToParent", "parse_pathToParent")
    let child = try request.label("pathParentToChild", "parse_pathParentToChild")
    guard Self.record(label: parent, call, node: node) != nil else {
      throw AdminFailure("NodeStore_getRouteLabel_PARENT_NOT_FOUND")
    }
    let label = Label.splice(child, behind: parent)
    guard label != .unreachable, Self.record(label: label, call, node: node) != nil else {
      throw AdminFailure("NodeStore_getRouteLabel_CHILD_NOT_FOUND")
    }
    let reply = AdminReply(call, "error result")
    reply.put("none")
    reply.put(label)
    send(reply)
  }

  /// The node of the table whose path is `label`.
  @inline(never)
  static func record(label: Label, _ call: AdminCall, node: borrowing Node) -> NodeRecord? {
    for i in 0...node.nodeCount {
      if let record = node.nodeRecord(at: i, now: call.now), record.route.label == label {
        return record
      }
    }
    return nil
  }

  /// The direct peers that packets can go to.
  @inline(never)
  static func livePeers(_ call: AdminCall, node: borrowing Node) -> [Route] {
    var routes: [Route] = []
    for i in 0..<node.peerCount {
      guard let peer = node.peerRecord(at: i, now: call.now), peer.state == .established,
        peer.slot != nil
      else { continue }
      routes.append(
        Route(
          key: peer.key, address: peer.key.address, version: peer.version, label: peer.label))
    }
    return routes
  }

  mutating func lookup(
    _ request: borrowing AdminRequest, _ call: AdminCall, node: borrowing Node
  ) {
    let text = request.span("address")
    let reply = AdminReply(call, "error result")
    if text.count == Self.addressCharacterCount, let address = IPv6Address(text: text) {
      reply.put("none")
      if address == node.address {
        reply.put(Label.here)
      } else if let route = node.route(to: address) {
        reply.put(route.label)
      } else if let route = node.route(near: address) {
        reply.put(Self.place(route))
      } else {
        reply.put("not found")
      }
    } else {
      reply.put(
        text.count == Self.addressCharacterCount
          ? "failed to parse address" : "address wrong length" as StaticString)
      reply.put("")
    }
    send(reply)
  }

  /// Address and path, `ip@path`.
  @inline(never)
  static func place(_ route: Route) -> [UInt8] {
    var text = ByteWriter()
    route.address.appendText(to: &text)
    text.append("@")
    route.label.appendText(to: &text)
    return text.bytes
  }

  mutating func dumpRumorMill(
    _ request: borrowing AdminRequest, _ call: AdminCall
  ) throws(AdminFailure) {
    guard Self.isMill(request.span("mill")) else {
      throw AdminFailure("mill must be one of [externalMill,linkMill,nodeMill,dhtMill,splitMill]")
    }
    // This router follows no rumors.
    let reply = AdminReply(call, "addresses total")
    reply.beginList()
    reply.end()
    reply.put(0)
    send(reply)
  }

  private static func isMill(_ name: Span<UInt8>) -> Bool {
    BencodeReader.spells(name, "externalMill") || BencodeReader.spells(name, "linkMill")
      || BencodeReader.spells(name, "nodeMill") || BencodeReader.spells(name, "dhtMill")
      || BencodeReader.spells(name, "splitMill")
  }
}
