import Bytes
import Cryptography
import Node
import Peering
import Routing
import Switching
import Wire

// The table of nodes, and questions to other routers (admin.md 8.7).
extension AdminServer {
  private static var nodesPerPage: Int { 4 }
  private static var addressCharacterCount: Int { 39 }
  /// For a function whose caller left the timeout to the router.
  private static var answerMilliseconds: UInt64 { 60_000 }
  private static var searchMilliseconds: UInt64 { 120_000 }
  private static var searchRequestCountMax: Int64 { 100 }

  mutating func runRouting(
    _ function: AdminFunction, _ request: AdminRequest, _ call: AdminCall, node: inout Node,
    into outbox: inout Outbox
  ) {
    switch function {
    case .nodeStoreDumpTable: dumpTable(request.page, call, node: node)
    case .nodeStoreGetLink: putLink(request, call, node: node)
    case .nodeStoreNodeForAddr: putNode(request, call, node: node)
    case .nodeStoreGetRouteLabel: putRouteLabel(request, call, node: node)
    case .routerModuleLookup: lookup(request, call, node: node)
    case .routerModulePingNode, .routerModuleGetPeers, .routerModuleFindNode,
      .routerModuleNextHop:
      query(function, request, call, node: &node, into: &outbox)
    case .searchRunnerSearch: search(request, call, node: &node, into: &outbox)
    case .searchRunnerShowActiveSearch: showSearch(request, call)
    default: dumpRumorMill(request, call)
    }
  }

  // MARK: The table

  private mutating func dumpTable(_ page: Int, _ call: AdminCall, node: borrowing Node) {
    // This node itself is the first one.
    let count = node.nodeCount + 1
    let range = Self.range(page: page, perPage: Self.nodesPerPage, count: count)
    var reply = AdminReply(txid: call.txid)
    reply.append("count", Int64(count))
    reply.append("deprecation", "ip,path,version will soon be removed")
    if range.upperBound < count, !range.isEmpty { reply.append("more", 1) }
    reply.append("peers", Int64(livePeers(call, node: node).count))
    reply.key("routingTable")
    reply.body.beginList()
    for i in range {
      guard let record = node.nodeRecord(at: i, now: call.now) else { break }
      reply.body.beginDictionary()
      reply.body.append("addr", NodeAddress(record.route).text)
      reply.body.append("bucket", Int64(record.bucket))
      reply.body.append("ip", record.route.address)
      reply.body.append("link", record.cost == .max ? -1 : Int64(record.cost))
      reply.body.append("path", record.route.label)
      reply.body.append("time", Int64(clamping: record.age))
      reply.body.append("version", Int64(record.route.version))
      reply.body.end()
    }
    reply.body.end()
    send(&reply, to: call.source)
  }

  private mutating func putLink(
    _ request: AdminRequest, _ call: AdminCall, node: borrowing Node
  ) {
    var parent = node.address
    if let text = request.text("parent") {
      guard let address = IPv6Address(text: text.span) else {
        fail("parse_parent", call)
        return
      }
      parent = address
    }
    let number = request.integer("linkNum") ?? -1
    guard let parentNode = node.nodeRecord(address: parent, now: call.now), number >= 0,
      number < Int64(node.linkCount(of: parent)),
      let link = node.linkRecord(of: parent, at: Int(truncatingIfNeeded: number)),
      let childNode = node.nodeRecord(address: link.child, now: call.now)
    else {
      fail("not_found", call)
      return
    }
    var reply = AdminReply(txid: call.txid)
    reply.append("error", "none")
    reply.key("result")
    reply.body.beginDictionary()
    reply.body.append("bestParent", link.isBest ? 1 : 0)
    reply.body.append("cannonicalLabel", link.label)
    reply.body.append("child", NodeAddress(childNode.route).text)
    reply.body.append("inverseLinkEncodingFormNumber", Int64(link.inverseForm))
    reply.body.append("isOneHop", link.isOneHop ? 1 : 0)
    reply.body.append("linkCost", Int64(link.cost))
    reply.body.append("parent", NodeAddress(parentNode.route).text)
    reply.body.end()
    send(&reply, to: call.source)
  }

  private mutating func putNode(
    _ request: AdminRequest, _ call: AdminCall, node: borrowing Node
  ) {
    var address = node.address
    if let text = request.text("ip") {
      guard let parsed = IPv6Address(text: text.span) else {
        fail("parse_ip", call)
        return
      }
      address = parsed
    }
    var reply = AdminReply(txid: call.txid)
    reply.append("error", "none")
    reply.key("result")
    reply.body.beginDictionary()
    if let record = node.nodeRecord(address: address, now: call.now) {
      if let link = record.bestParent {
        reply.body.append(parent: link.parent, label: link.label, isOneHop: link.isOneHop)
      } else if address == node.address {
        reply.body.append(parent: address, label: .here, isOneHop: false)
      }
      reply.body.append("cost", Int64(record.cost))
      reply.body.append("encodingScheme")
      reply.body.append(record.scheme)
      reply.body.append("key", record.route.key)
      reply.body.append("linkCount", Int64(record.linkCount))
      reply.body.append("protocolVersion", Int64(record.route.version))
      reply.body.append("routeLabel", record.route.label)
    }
    reply.body.end()
    send(&reply, to: call.source)
  }

  private mutating func putRouteLabel(
    _ request: AdminRequest, _ call: AdminCall, node: borrowing Node
  ) {
    let toParent = request.bytes("pathToParent") ?? []
    let toChild = request.bytes("pathParentToChild") ?? []
    guard let parent = Label(text: toParent.span) else {
      fail("parse_pathToParent", call)
      return
    }
    guard let child = Label(text: toChild.span) else {
      fail("parse_pathParentToChild", call)
      return
    }
    guard record(label: parent, call, node: node) != nil else {
      fail("NodeStore_getRouteLabel_PARENT_NOT_FOUND", call)
      return
    }
    let label = Label.splice(child, behind: parent)
    guard label != .unreachable, record(label: label, call, node: node) != nil else {
      fail("NodeStore_getRouteLabel_CHILD_NOT_FOUND", call)
      return
    }
    var reply = AdminReply(txid: call.txid)
    reply.append("error", "none")
    reply.body.append("result", label)
    send(&reply, to: call.source)
  }

  /// The node of the table whose path is `label`.
  private func record(label: Label, _ call: AdminCall, node: borrowing Node) -> NodeRecord? {
    for i in 0...node.nodeCount {
      if let record = node.nodeRecord(at: i, now: call.now), record.route.label == label {
        return record
      }
    }
    return nil
  }

  /// The direct peers that packets can go to.
  private func livePeers(_ call: AdminCall, node: borrowing Node) -> [Route] {
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

  private mutating func lookup(
    _ request: AdminRequest, _ call: AdminCall, node: borrowing Node
  ) {
    let text = request.bytes("address") ?? []
    var reply = AdminReply(txid: call.txid)
    if text.count != Self.addressCharacterCount {
      reply.append("error", "address wrong length")
      reply.append("result", "")
    } else if let address = IPv6Address(text: text.span) {
      reply.append("error", "none")
      if address == node.address {
        reply.body.append("result", Label.here)
      } else if let route = node.route(to: address) {
        reply.body.append("result", route.label)
      } else {
        reply.append("result", "not found")
      }
    } else {
      reply.append("error", "failed to parse address")
      reply.append("result", "")
    }
    send(&reply, to: call.source)
  }

  // MARK: Questions

  /// The node that a path, an address or a node address means; nil, and an error, for none.
  private mutating func destination(
    _ text: [UInt8], _ call: AdminCall, node: borrowing Node
  ) -> Route? {
    let own = Route(
      key: node.identity.publicKey, address: node.address, version: node.version, label: .here)
    if let label = Label(text: text.span) {
      if label == .here { return own }
      if let record = record(label: label, call, node: node) { return record.route }
    } else if let named = NodeAddress(text: text.span) {
      if named.key == own.key { return own }
      if named.label != .here {
        return Route(
          key: named.key, address: named.key.address, version: named.version,
          label: named.label)
      }
    } else if let address = IPv6Address(text: text.span) {
      if address == own.address { return own }
      if let route = node.route(to: address) { return route }
    } else {
      fail("parse_path", call)
      return nil
    }
    fail("not_found", call)
    return nil
  }

  private mutating func query(
    _ function: AdminFunction, _ request: AdminRequest, _ call: AdminCall, node: inout Node,
    into outbox: inout Outbox
  ) {
    let isAboutTarget = function == .routerModuleFindNode || function == .routerModuleNextHop
    let path = request.bytes(isAboutTarget ? "nodeToQuery" : "path") ?? []
    guard let route = destination(path, call, node: node) else { return }
    let question: Router.Query
    switch function {
    case .routerModulePingNode: question = .ping
    case .routerModuleGetPeers:
      let nearby = request.text("nearbyPath")
      guard let label = nearby.map({ Label(text: $0.span) }) ?? .here else {
        fail("parse_nearbyLabel", call)
        return
      }
      question = .peers(from: label)
    default:
      let text = request.bytes("target") ?? []
      guard let target = IPv6Address(text: text.span) else {
        fail("parse_target", call)
        return
      }
      question = function == .routerModuleFindNode ? .find(target) : .nextHop(target)
    }
    if route.label == .here {
      answerOwn(function, question, route, call, node: node)
      return
    }
    let timeout: UInt64? = (request.integer("timeout") ?? 0) > 0 ? Self.timeout(request) : nil
    let wait = (timeout ?? Self.answerMilliseconds) + Self.lateMilliseconds
    guard let token = keep(call, function, within: wait) else { return }
    let isOut = node.ask(
      question, of: route, timeout: timeout, token: token, at: call.now, into: &outbox)
    guard !isOut else { return }
    _ = takePending(token)
    fail("too many queries are out, try later.", call)
  }

  /// Answers a question to this node itself, which no message is needed for.
  private mutating func answerOwn(
    _ function: AdminFunction, _ question: Router.Query, _ own: Route, _ call: AdminCall,
    node: borrowing Node
  ) {
    var nodes: [Route] = []
    switch question {
    case .ping: break
    case .peers:
      nodes = [own] + livePeers(call, node: node)
    case .find(let target), .nextHop(let target):
      if let route = node.route(to: target) { nodes.append(route) }
    }
    answer(
      function, from: own, milliseconds: 0, nodes: nodes, scheme: .v358, txid: call.txid,
      to: call.source)
  }

  private mutating func search(
    _ request: AdminRequest, _ call: AdminCall, node: inout Node, into outbox: inout Outbox
  ) {
    let text = request.bytes("ipv6") ?? []
    guard let address = IPv6Address(text: text.span) else {
      fail("ipv6 invalid", call)
      return
    }
    var countMax = 20
    if let asked = request.integer("maxRequests"), asked > 0 {
      countMax = Int(truncatingIfNeeded: min(asked, Self.searchRequestCountMax))
    }
    guard let token = keep(call, .searchRunnerSearch, within: Self.searchMilliseconds) else {
      return
    }
    pending[pending.count - 1].target = address
    node.search(
      for: address, token: token, requestCountMax: countMax, at: call.now, into: &outbox)
  }

  /// Of the searches that were begun through this interface.
  private mutating func showSearch(_ request: AdminRequest, _ call: AdminCall) {
    let searches = pending.filter { $0.function == .searchRunnerSearch }
    let number = Int(exactly: request.integer("number") ?? -1) ?? -1
    let search = searches.indices.contains(number) ? searches[number] : nil
    var reply = AdminReply(txid: call.txid)
    reply.append("activeSearches", Int64(searches.count))
    reply.append("error", "none")
    if let search, let target = search.target {
      if !search.lastAnswer.isEmpty { reply.append("lastNodeAsked", search.lastAnswer) }
      reply.body.append("target", target)
      reply.append("totalRequests", search.answerCount)
    }
    send(&reply, to: call.source)
  }

  private mutating func dumpRumorMill(_ request: AdminRequest, _ call: AdminCall) {
    let mill = request.bytes("mill") ?? []
    let isMill =
      BencodeReader.spells(mill.span, "externalMill")
      || BencodeReader.spells(mill.span, "linkMill")
      || BencodeReader.spells(mill.span, "nodeMill")
      || BencodeReader.spells(mill.span, "dhtMill")
      || BencodeReader.spells(mill.span, "splitMill")
    guard isMill else {
      fail("mill must be one of [externalMill,linkMill,nodeMill,dhtMill,splitMill]", call)
      return
    }
    // This router follows no rumors.
    var reply = AdminReply(txid: call.txid)
    reply.key("addresses")
    reply.body.beginList()
    reply.body.end()
    reply.append("total", 0)
    send(&reply, to: call.source)
  }

  // MARK: Answers

  /// Passes on what the router found out for who asked, if he is still there.
  mutating func answerRouter(_ effect: borrowing RouterEffect, at now: Instant) {
    switch effect {
    case .answered(let token, let from, let milliseconds, let nodes, let scheme):
      guard let call = takePending(token), isListening(call.source, at: now) else { return }
      answer(
        call.function, from: from, milliseconds: milliseconds, nodes: nodes, scheme: scheme,
        txid: call.txid, to: call.source)
    case .unanswered(let token, let milliseconds):
      guard let call = takePending(token), isListening(call.source, at: now) else { return }
      var reply = AdminReply(txid: call.txid)
      if call.function != .routerModulePingNode { reply.append("error", "none") }
      reply.append("ms", Int64(clamping: milliseconds))
      reply.append("result", "timeout")
      send(&reply, to: call.source)
    case .searchStep(let token, let from, let milliseconds, let nodes):
      guard let index = pending.firstIndex(where: { $0.token == token }) else { return }
      let address = NodeAddress(from).text
      pending[index].lastAnswer = address
      pending[index].answerCount += 1
      let call = pending[index]
      guard isListening(call.source, at: now) else { return }
      var reply = AdminReply(txid: call.txid)
      reply.append("from", address)
      reply.append("ms", Int64(clamping: milliseconds))
      reply.key("nodes")
      reply.body.append(nodes)
      send(&reply, to: call.source)
    case .searchDone(let token):
      guard let call = takePending(token), isListening(call.source, at: now) else { return }
      var reply = AdminReply(txid: call.txid)
      reply.append("complete", 1)
      reply.append("error", "none")
      send(&reply, to: call.source)
    case .send, .route, .searchEnded: break
    }
  }

  private mutating func answer(
    _ function: AdminFunction, from: Route, milliseconds: UInt64, nodes: [Route],
    scheme: EncodingScheme?, txid: [UInt8], to source: LinkAddress
  ) {
    var reply = AdminReply(txid: txid)
    if function == .routerModulePingNode {
      var place = ByteWriter()
      from.address.appendText(to: &place)
      place.append("@")
      from.label.appendText(to: &place)
      reply.append("addr", NodeAddress(from).text)
      reply.append("deprecation", "from,protocol,version will soon be removed")
      reply.append("from", place.bytes)
      reply.append("ms", Int64(clamping: milliseconds))
      reply.append("protocol", Int64(from.version))
      reply.append("result", "pong")
      reply.append("version", "unknown")
    } else {
      if let scheme {
        reply.key("encodingScheme")
        reply.body.append(scheme)
      }
      let isPeers = function == .routerModuleGetPeers
      reply.append("error", "none")
      reply.append("ms", Int64(clamping: milliseconds))
      reply.key(isPeers ? "peers" : "nodes")
      reply.body.append(nodes)
      reply.append("result", isPeers ? "peers" : "nodes")
    }
    send(&reply, to: source)
  }
}

extension NodeAddress {
  init(_ route: Route) {
    self.init(version: route.version, label: route.label, key: route.key)
  }
}

extension BencodeWriter {
  /// A list of node addresses.
  fileprivate mutating func append(_ nodes: [Route]) {
    beginList()
    for route in nodes { append(NodeAddress(route).text) }
    end()
  }

  /// The entry `bestParent`.
  fileprivate mutating func append(parent: IPv6Address, label: Label, isOneHop: Bool) {
    append("bestParent")
    beginDictionary()
    append("ip", parent)
    append("isOneHop", isOneHop ? 1 : 0)
    append("parentChildLabel", label)
    end()
  }
}
