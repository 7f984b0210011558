import Bytes
import Cryptography
import Node
import Routing
import Switching
import Wire

// Questions to other routers, and searches (admin.md 8.7).
extension AdminServer {
  /// For a function whose caller left the timeout to the router.
  private static var answerMilliseconds: UInt64 { 60_000 }
  private static var searchMilliseconds: UInt64 { 120_000 }
  private static var searchRequestCountMax: Int64 { 100 }

  // MARK: Questions

  /// The node that a path, an address or a node address means.
  private static func destination(
    _ text: Span<UInt8>, _ call: AdminCall, node: borrowing Node
  ) throws(AdminFailure) -> Route {
    let own = Route(
      key: node.identity.publicKey, address: node.address, version: node.version, label: .here)
    if let label = Label(text: text) {
      if label == .here { return own }
      if let record = record(label: label, call, node: node) { return record.route }
    } else if let named = NodeAddress(text: text) {
      if named.key == own.key { return own }
      if named.label != .here {
        return Route(
          key: named.key, address: named.key.address, version: named.version,
          label: named.label)
      }
    } else if let address = IPv6Address(text: text) {
      if address == own.address { return own }
      if let route = node.route(to: address) { return route }
    } else {
      throw AdminFailure("parse_path")
    }
    throw AdminFailure("not_found")
  }

  mutating func query(
    _ request: borrowing AdminRequest, _ call: AdminCall, node: inout Node,
    into outbox: inout Outbox
  ) throws(AdminFailure) {
    let isAboutTarget =
      call.function == .routerModuleFindNode || call.function == .routerModuleNextHop
    let route = try Self.destination(
      request.span(isAboutTarget ? "nodeToQuery" : "path"), call, node: node)
    let question: Router.Query
    switch call.function {
    case .routerModulePingNode: question = .ping
    case .routerModuleGetPeers:
      question = .peers(
        from: request.span("nearbyPath").isEmpty
          ? .here : try request.label("nearbyPath", "parse_nearbyLabel"))
    default:
      let target = try request.address("target", "parse_target")
      question = call.function == .routerModuleFindNode ? .find(target) : .nextHop(target)
    }
    if route.label == .here {
      answer(call, from: route, Self.ownAnswer(question, route, call, node: node), .v358, 0)
      return
    }
    let timeout: UInt64? = (request.integer("timeout") ?? 0) > 0 ? Self.timeout(request) : nil
    try keep(call, within: (timeout ?? Self.answerMilliseconds) + Self.lateMilliseconds)
    let isOut = node.ask(
      question, of: route, timeout: timeout, token: call.token, at: call.now, into: &outbox)
    guard !isOut else { return }
    _ = takePending(call.token)
    throw AdminFailure("too many queries are out, try later.")
  }

  /// What this node itself answers, which no message is needed for.
  private static func ownAnswer(
    _ question: Router.Query, _ own: Route, _ call: AdminCall, node: borrowing Node
  ) -> [Route] {
    var nodes: [Route] = []
    switch question {
    case .ping: break
    case .peers:
      nodes = livePeers(call, node: node)
      nodes.insert(own, at: 0)
    case .find(let target), .nextHop(let target):
      if let route = node.route(to: target) { nodes.append(route) }
    }
    return nodes
  }

  mutating func search(
    _ request: borrowing AdminRequest, _ call: AdminCall, node: inout Node,
    into outbox: inout Outbox
  ) throws(AdminFailure) {
    call.target = try request.address("ipv6", "ipv6 invalid")
    let asked = request.integer("maxRequests") ?? 0
    try keep(call, within: Self.searchMilliseconds)
    node.search(
      for: call.target, token: call.token,
      requestCountMax: asked > 0
        ? Int(truncatingIfNeeded: min(asked, Self.searchRequestCountMax))
        : Router.searchRequestCount,
      at: call.now, into: &outbox)
  }

  /// Of the searches that were begun through this interface.
  mutating func showSearch(_ request: borrowing AdminRequest, _ call: AdminCall) {
    let number = request.integer("number") ?? -1
    var count = 0
    var shown: AdminCall?
    for search in pending where search.function == .searchRunnerSearch {
      if count == number { shown = search }
      count += 1
    }
    let reply = AdminReply(call, "activeSearches error lastNodeAsked target totalRequests")
    reply.put(count)
    reply.put("none")
    if let shown {
      if shown.lastAnswer.isEmpty { reply.skip() } else { reply.put(shown.lastAnswer) }
      reply.put(shown.target)
      reply.put(shown.answerCount)
    } else {
      for _ in 0..<3 { reply.skip() }
    }
    send(reply)
  }

  // MARK: Answers

  /// Passes on what the router found out for who asked, if he is still there.
  mutating func answerRouter(_ effect: borrowing RouterEffect, at now: Instant) {
    switch effect {
    case .answered(let token, let from, let milliseconds, let nodes, let scheme):
      guard let call = takeListening(token, at: now) else { return }
      answer(call, from: from, nodes, scheme, milliseconds)
    case .unanswered(let token, let milliseconds):
      guard let call = takeListening(token, at: now) else { return }
      let reply = AdminReply(call, "error ms result")
      if call.function == .routerModulePingNode { reply.skip() } else { reply.put("none") }
      reply.put(milliseconds)
      reply.put("timeout")
      send(reply)
    case .searchStep(let token, let from, let milliseconds, let nodes):
      guard let index = pendingIndex(token) else { return }
      let call = pending[index]
      call.lastAnswer = NodeAddress(from).text
      call.answerCount += 1
      guard isListening(call.source, at: now) else { return }
      let reply = AdminReply(call, "from ms nodes")
      reply.put(call.lastAnswer)
      reply.put(milliseconds)
      reply.put(nodes)
      send(reply)
    case .searchDone(let token):
      guard let call = takeListening(token, at: now) else { return }
      let reply = AdminReply(call, "complete error")
      reply.put(1)
      reply.put("none")
      send(reply)
    case .send, .route, .searchEnded: break
    }
  }

  private mutating func answer(
    _ call: AdminCall, from: Route, _ nodes: [Route], _ scheme: EncodingScheme?,
    _ milliseconds: UInt64
  ) {
    let reply: AdminReply
    if call.function == .routerModulePingNode {
      reply = AdminReply(call, "addr deprecation from ms protocol result version")
      reply.put(from)
      reply.put("from,protocol,version will soon be removed")
      reply.put(Self.place(from))
      reply.put(milliseconds)
      reply.put(from.version)
      reply.put("pong")
      reply.put("unknown")
    } else {
      let isPeers = call.function == .routerModuleGetPeers
      reply = AdminReply(
        call,
        isPeers
          ? "encodingScheme error ms peers result" : "encodingScheme error ms nodes result")
      if let scheme { reply.put(scheme) } else { reply.skip() }
      reply.put("none")
      reply.put(milliseconds)
      reply.put(nodes)
      reply.put(isPeers ? "peers" : "nodes" as StaticString)
    }
    send(reply)
  }
}

extension NodeAddress {
  init(_ route: Route) {
    self.init(version: route.version, label: route.label, key: route.key)
  }
}
