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
  /// What is answered later.
  var pending: [AdminCall] = []
  var subscriptions: [LogSubscription] = []
  var links: [AdminLink] = []
  /// What the node goes on with until it is started again, a line for each thing.
  public var settings: [[UInt8]] = []
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

  /// Tells of a link that was opened without being asked for through this interface. `settings`, a
  /// line, is what it was opened as.
  public mutating func linkOpened(_ number: Int, bound: LinkAddress, settings: [UInt8] = []) {
    add(AdminLink(number: number, bound: bound, device: [], settings: settings))
  }

  /// Tells the name of the device of an Ethernet link, which may have another one now; without
  /// `settings` those that are known stay.
  public mutating func linkOpened(_ number: Int, device: [UInt8], settings: [UInt8] = []) {
    let bound = LinkAddress(family: .ethernet, bytes: FixedBytes(), port: 0)
    add(AdminLink(number: number, bound: bound, device: device, settings: settings))
  }

  private mutating func add(_ link: AdminLink) {
    for index in 0..<links.count where links[index].number == link.number {
      if link.settings.isEmpty { link.settings = links[index].settings }
      links[index] = link
      return
    }
    if links.count < Self.linkCountMax { links.append(link) }
  }

  /// Tells that a link is no more.
  public mutating func linkClosed(_ number: Int) {
    for index in 0..<links.count where links[index].number == number {
      links.remove(at: index)
      return
    }
  }

  /// The link of that number, if the interface knows it.
  @inline(never)
  func link(_ number: Int) -> AdminLink? {
    for link in links where link.number == number { return link }
    return nil
  }

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
    call.function = signature.function
    do throws(AdminFailure) {
      try run(request, call, node: &node, entropy: entropy, into: &outbox)
    } catch {
      fail(error.text, call)
    }
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
    return [UInt8](copying: reader.string(range))
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
    if signature.function == .securitySetUser, !request.span("user").isEmpty,
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

  // MARK: Callers

  private mutating func hear(_ source: LinkAddress, isAuthenticated: Bool, at now: Instant) {
    var known: AdminCaller?
    // The one that was silent for longest; it makes place.
    var oldest = 0
    var index = 0
    while index < callers.count {
      let caller = callers[index]
      if now.since(caller.lastHeard) > Self.callerMilliseconds {
        callers.remove(at: index)
        continue
      }
      if caller.address == source { known = caller }
      if caller.lastHeard < callers[oldest].lastHeard { oldest = index }
      index += 1
    }
    if let known {
      known.lastHeard = now
      return
    }
    guard isAuthenticated else { return }
    if callers.count == Self.callerCountMax { callers.remove(at: oldest) }
    callers.append(AdminCaller(address: source, lastHeard: now))
  }

  /// True if `address` may get messages that are not the direct answer to a request.
  @inline(never)
  func isListening(_ address: LinkAddress, at now: Instant) -> Bool {
    for caller in callers where caller.address == address {
      return now.since(caller.lastHeard) <= Self.callerMilliseconds
    }
    return false
  }

  // MARK: Later answers

  static var noOpenSlots: StaticString { "no open slots to store ping, try later." }

  /// Keeps `call` for a later answer and gives it a token.
  @inline(never)
  mutating func keep(
    _ call: AdminCall, within milliseconds: UInt64
  ) throws(AdminFailure) {
    guard call.txid.count <= Self.keptTxidByteCountMax else {
      throw AdminFailure(
        "txid must not be longer than 256 bytes for a function that answers later.")
    }
    var index = 0
    while index < pending.count {
      if pending[index].deadline < call.now { pending.remove(at: index) } else { index += 1 }
    }
    guard pending.count < Self.pendingCountMax else { throw AdminFailure(Self.noOpenSlots) }
    lastToken = lastToken == .max ? 1 : lastToken + 1
    call.token = lastToken
    call.deadline = call.now + milliseconds
    pending.append(call)
  }

  func pendingIndex(_ token: UInt32) -> Int? {
    for index in 0..<pending.count where pending[index].token == token { return index }
    return nil
  }

  @inline(never)
  mutating func takePending(_ token: UInt32) -> AdminCall? {
    guard let index = pendingIndex(token) else { return nil }
    return pending.remove(at: index)
  }

  /// The same, if who asked is still there.
  @inline(never)
  mutating func takeListening(_ token: UInt32, at now: Instant) -> AdminCall? {
    guard let call = takePending(token), isListening(call.source, at: now) else { return nil }
    return call
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
  mutating func send(_ reply: AdminReply) {
    perform(.reply(reply.finish(), to: reply.call.source))
  }

  /// The reply that holds nothing but an error; `none` if all is well.
  @inline(never)
  mutating func fail(_ error: StaticString, _ call: AdminCall) {
    let reply = AdminReply(call, "error")
    reply.put(error)
    send(reply)
  }

  @inline(never)
  mutating func succeed(_ call: AdminCall) { fail("none", call) }

  private mutating func failMissing(_ argument: AdminSignature.Argument, _ call: AdminCall) {
    var text = ByteWriter()
    text.append("Entry [")
    text.append(AdminSignature.text.extracting(argument.name))
    text.append("] is required and must be of type [")
    text.append(argument.typeName)
    text.append("]")
    let reply = AdminReply(call, "error")
    reply.put(text.bytes)
    send(reply)
  }

  private mutating func answerCookie(_ call: AdminCall) {
    var text = ByteWriter()
    text.append(decimal: call.unixSeconds)
    let reply = AdminReply(call, "cookie")
    reply.put(text.bytes)
    send(reply)
  }
}
