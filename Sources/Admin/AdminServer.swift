import Bytes
import Cryptography
import Node
import Peering
import Switching
import Wire

/// The control interface of a node: bencoded requests in, replies out (admin.md).
///
/// Pure, like the node: datagrams, time and randomness come in as arguments, what is to be sent or
/// done goes out by `takeEffect`, which the caller empties after each call. All tables are bounded,
/// and nothing that comes in can trap.
public struct AdminServer: ~Copyable {
  /// Longer requests are refused.
  public static var requestByteCountMax: Int { 4096 }
  /// Callers who may get messages that are not the direct answer to a request.
  static var callerCountMax: Int { 32 }
  /// They are forgotten after such a silence.
  static var callerMilliseconds: UInt64 { 30_000 }
  /// Requests that wait for their answer.
  static var pendingCountMax: Int { 32 }
  static var subscriptionCountMax: Int { 64 }
  /// Replies in front of which no log line waits; then lines are counted as dropped.
  static var waitingLineCountMax: Int { 128 }
  static var effectCountMax: Int { 512 }
  /// A longer txid is not kept for later.
  static var keptTxidByteCountMax: Int { 256 }
  static var linkCountMax: Int { 64 }

  let authentication: AdminAuthentication
  private let firstFunction: AdminFunction
  let ownLogLevel: LogLevel
  var callers: [AdminCaller] = []
  var pending: [PendingCall] = []
  var subscriptions: [LogSubscription] = []
  var links: [AdminLink] = []
  private var lastToken: UInt32 = 0
  private var effects: [AdminEffect] = []
  private var effectHead = 0

  /// `password` ends at its first zero byte; `NONE` lets everybody do everything. With
  /// `logsToStdout` the AdminLog functions do not exist. `logLevel` is what the node's log is made
  /// of when nobody subscribes to more.
  public init(password: [UInt8], logsToStdout: Bool, logLevel: LogLevel = .info) {
    authentication = AdminAuthentication(password: password)
    firstFunction = logsToStdout ? .firstBehindLog : .adminLogLogMany
    ownLogLevel = logLevel
  }

  /// Tells of a link that was opened without being asked for through this interface.
  public mutating func linkOpened(_ number: Int, bound: LinkAddress) {
    linkClosed(number)
    guard links.count < Self.linkCountMax else { return }
    links.append(AdminLink(number: number, bound: bound))
  }

  /// Tells that a link is no more.
  public mutating func linkClosed(_ number: Int) { links.removeAll { $0.number == number } }

  /// One datagram from the admin socket. `unixSeconds` is the time of day. What it makes the node
  /// send goes to `outbox`.
  public mutating func receive(
    _ datagram: Span<UInt8>, from source: LinkAddress, node: inout Node, at now: Instant,
    unixSeconds: UInt64, entropy: Entropy, into outbox: inout Outbox
  ) {
    guard datagram.count <= Self.requestByteCountMax else {
      fail("Request too big.", AdminCall(source: source, txid: [], now: now, unixSeconds: 0))
      return
    }
    guard let reader = try? BencodeReader(datagram, .admin),
      let query = reader.stringRange("q")
    else { return }
    let call = AdminCall(
      source: source, txid: Self.txid(reader), now: now, unixSeconds: unixSeconds)
    var name = query
    var isAuthenticated = false
    if BencodeReader.spells(reader.string(query), "cookie") {
      answerCookie(call)
      return
    }
    if BencodeReader.spells(reader.string(query), "auth") {
      guard authentication.accepts(datagram, reader, unixSeconds: unixSeconds) else {
        fail("Auth failed.", call)
        return
      }
      isAuthenticated = true
      name = reader.stringRange("aq") ?? query.lowerBound..<query.lowerBound
    }
    if authentication.isOpen { isAuthenticated = true }
    hear(source, isAuthenticated: isAuthenticated, at: now)
    guard let signature = find(reader.string(name)),
      isAuthenticated || !signature.needsAuthentication
    else {
      fail("No functions matched your request, try Admin_availableFunctions()", call)
      return
    }
    let request = AdminRequest(reader)
    if let argument = missingArgument(of: signature, in: request) {
      failMissing(argument, call)
      return
    }
    run(signature.function, request, call, node: &node, entropy: entropy, into: &outbox)
    node.logLevel = lowestLevel
  }

  /// What a system request came to; unknown tokens are ignored.
  public mutating func finish(_ token: UInt32, _ result: SystemResult) {
    guard let call = takePending(token) else { return }
    answerSystem(call, result)
  }

  /// What a node tells: log lines for who subscribed, late results for who asked. The caller
  /// passes on every event.
  public mutating func handle(
    _ event: borrowing NodeEvent, node: inout Node, at now: Instant, unixSeconds: UInt64
  ) {
    switch event {
    case .log(let level, let line):
      log(level, line, at: now, unixSeconds: unixSeconds)
      node.logLevel = lowestLevel
    case .switchPing(let token, let result): answerSwitchPing(token, result, at: now)
    case .router(let effect): answerRouter(effect, at: now)
    default: break
    }
  }

  /// The oldest thing to be sent or done; nil if there is none.
  public mutating func takeEffect() -> AdminEffect? {
    guard effectHead < effects.count else { return nil }
    let effect = effects[effectHead]
    effectHead += 1
    if effectHead == effects.count {
      effects = []
      effectHead = 0
    }
    return effect
  }

  // MARK: Requests

  private static func txid(_ reader: BencodeReader) -> [UInt8] {
    guard let range = reader.stringRange("txid") else { return [] }
    var bytes = ByteWriter()
    bytes.append(reader.string(range))
    return bytes.bytes
  }

  /// Calls `body` with all functions that exist, as long as it answers true.
  func forEachFunction(_ body: (AdminSignature) -> Bool) {
    AdminSignature.forEach(from: firstFunction, body)
  }

  private func find(_ name: Span<UInt8>) -> AdminSignature? {
    let text = AdminSignature.text
    var position = 0
    var found: AdminSignature?
    AdminSignature.forEach(from: firstFunction) { signature in
      guard signature.name.count == name.count else { return true }
      position = signature.name.lowerBound
      for i in 0..<name.count where text[position + i] != name[i] { return true }
      found = signature
      return false
    }
    return found
  }

  /// The first required argument that is missing or of another type.
  private func missingArgument(of signature: AdminSignature, in request: AdminRequest)
    -> AdminSignature.Argument?
  {
    // As in 2013: a user's name alone.
    if signature.function == .securitySetUser, request.text("user") != nil,
      request.integer("uid") == nil
    {
      return nil
    }
    var missing: AdminSignature.Argument?
    signature.forEachArgument { argument in
      if missing == nil, argument.isRequired, request.type(of: argument) != argument.type {
        missing = argument
      }
    }
    return missing
  }

  private mutating func run(
    _ function: AdminFunction, _ request: AdminRequest, _ call: AdminCall, node: inout Node,
    entropy: Entropy, into outbox: inout Outbox
  ) {
    switch function {
    case .adminLogLogMany, .adminLogSubscribe, .adminLogSubscriptions, .adminLogUnsubscribe:
      runLog(function, request, call, entropy: entropy)
    case .ping, .adminAsyncEnabled, .adminAvailableFunctions:
      runInfrastructure(function, request, call)
    case .coreCounters: counters(call, node: node)
    case .coreNodeInfo: nodeInfo(call, node: node)
    case .interfaceControllerInterfaces, .interfaceControllerPeerStats,
      .interfaceControllerDisconnectPeer, .interfaceControllerResetPeering,
      .udpInterfaceBeginConnection:
      runPeering(function, request, call, node: &node, into: &outbox)
    case .switchPingerPing, .sessionManagerGetHandles, .sessionManagerSessionStats,
      .sessionManagerSessionStatsByIP, .sessionManagerResetCA:
      runSessions(function, request, call, node: &node, into: &outbox)
    case .authorizedPasswordsAdd, .authorizedPasswordsList, .authorizedPasswordsRemove,
      .authorizedPasswordsFlush:
      runUsers(function, request, call, node: &node)
    case .nodeStoreDumpTable, .nodeStoreGetLink, .nodeStoreNodeForAddr, .nodeStoreGetRouteLabel,
      .routerModuleFindNode, .routerModuleGetPeers, .routerModuleLookup, .routerModuleNextHop,
      .routerModulePingNode, .janitorDumpRumorMill, .searchRunnerSearch,
      .searchRunnerShowActiveSearch:
      runRouting(function, request, call, node: &node, into: &outbox)
    default: runSystem(function, request, call, node: node)
    }
  }

  // MARK: Callers

  private mutating func hear(_ source: LinkAddress, isAuthenticated: Bool, at now: Instant) {
    callers.removeAll { now.since($0.lastHeard) > Self.callerMilliseconds }
    if let index = callers.firstIndex(where: { $0.address == source }) {
      callers[index].lastHeard = now
      return
    }
    guard isAuthenticated else { return }
    if callers.count == Self.callerCountMax {
      // The one that was silent for longest makes place.
      var oldest = 0
      for i in callers.indices where callers[i].lastHeard < callers[oldest].lastHeard {
        oldest = i
      }
      callers.remove(at: oldest)
    }
    callers.append(AdminCaller(address: source, lastHeard: now))
  }

  /// True if `address` may get messages that are not the direct answer to a request.
  func isListening(_ address: LinkAddress, at now: Instant) -> Bool {
    callers.contains {
      $0.address == address && now.since($0.lastHeard) <= Self.callerMilliseconds
    }
  }

  // MARK: Later answers

  /// Keeps `call` for a later answer and returns its token; nil, and an error sent, if there is no
  /// place for it.
  mutating func keep(
    _ call: AdminCall, _ function: AdminFunction, within milliseconds: UInt64,
    beacon: BeaconMode = .off
  ) -> UInt32? {
    guard call.txid.count <= Self.keptTxidByteCountMax else {
      fail("txid must not be longer than 256 bytes for a function that answers later.", call)
      return nil
    }
    pending.removeAll { $0.deadline < call.now }
    guard pending.count < Self.pendingCountMax else {
      fail("no open slots to store ping, try later.", call)
      return nil
    }
    lastToken = lastToken == .max ? 1 : lastToken + 1
    pending.append(
      PendingCall(
        token: lastToken, function: function, source: call.source, txid: call.txid,
        deadline: call.now + milliseconds, beacon: beacon))
    return lastToken
  }

  mutating func takePending(_ token: UInt32) -> PendingCall? {
    guard let index = pending.firstIndex(where: { $0.token == token }) else { return nil }
    return pending.remove(at: index)
  }

  // MARK: Answers

  @inline(never)
  mutating func perform(_ effect: AdminEffect) {
    guard effects.count - effectHead < Self.effectCountMax else { return }
    effects.append(effect)
  }

  /// True if there is room for messages that may be lost.
  var hasRoomForLines: Bool { effects.count - effectHead < Self.waitingLineCountMax }

  @inline(never)
  mutating func send(_ reply: inout AdminReply, to source: LinkAddress) {
    perform(.reply(reply.finish(), to: source))
  }

  /// The reply that holds nothing but an error; `none` if all is well.
  @inline(never)
  mutating func fail(_ error: StaticString, _ call: AdminCall) {
    var reply = AdminReply(txid: call.txid)
    reply.append("error", error)
    send(&reply, to: call.source)
  }

  mutating func succeed(_ call: AdminCall) { fail("none", call) }

  @inline(never)
  private mutating func failMissing(_ argument: AdminSignature.Argument, _ call: AdminCall) {
    var text = ByteWriter()
    text.append("Entry [")
    text.append(AdminSignature.text.extracting(argument.name))
    text.append("] is required and must be of type [")
    text.append(argument.typeName)
    text.append("]")
    var reply = AdminReply(txid: call.txid)
    reply.append("error", text.bytes)
    send(&reply, to: call.source)
  }

  private mutating func answerCookie(_ call: AdminCall) {
    var text = ByteWriter()
    text.append(decimal: call.unixSeconds)
    var reply = AdminReply(txid: call.txid)
    reply.append("cookie", text.bytes)
    send(&reply, to: call.source)
  }
}
