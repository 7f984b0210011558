import Bytes
import Cryptography
import Node
import Peering
import Wire

// Links and neighbours (admin.md 8.3).
extension AdminServer {
  private static var peersPerPage: Int { 6 }

  /// The members of a page, without those that are not there.
  @inline(never)
  static func range(page: Int, perPage: Int, count: Int) -> Range<Int> {
    guard page >= 0 else { return 0..<0 }
    let start = min(page * perPage, count)
    return start..<min(start + perPage, count)
  }

  // MARK: Links

  mutating func listLinks(_ page: Int, _ call: AdminCall, node: borrowing Node) {
    let range = Self.range(page: page, perPage: Self.peersPerPage, count: links.count)
    let reply = AdminReply(call, "ifaces more total")
    reply.beginList()
    for i in range {
      let link = links[i]
      var name = ByteWriter()
      let kind: StaticString =
        switch link.bound.family {
        case .ipv4: "UDP/IPv4/"
        case .ipv6: "UDP/IPv6/"
        case .ethernet, .none: "ETH/"
        }
      name.append(kind)
      if link.bound.isIP { link.bound.appendText(to: &name) } else { name.append(link.device) }
      let state: StaticString =
        switch node.beaconMode(link: link.number) ?? .off {
        case .off: "DISABLED"
        case .accept: "ACCEPTING"
        case .send: "SENDING"
        }
      reply.beginDictionary("beaconState ifNum name settings")
      reply.put(state)
      reply.put(link.number)
      reply.put(name.bytes)
      reply.putIfAny(link.settings)
      reply.end()
    }
    reply.end()
    reply.putMore(range, of: links.count)
    reply.put(links.count)
    send(reply)
  }

  mutating func connect(
    _ request: borrowing AdminRequest, _ call: AdminCall, node: inout Node,
    into outbox: inout Outbox
  ) throws(AdminFailure) {
    let number = request.interfaceNumber
    guard link(number) != nil else { throw AdminFailure(Self.noSuchInterface) }
    let key = try Self.publicKey(request.span("publicKey"))
    guard var address = LinkAddress(text: request.span("address")), address.isIP,
      address.port != 0
    else { throw AdminFailure("unable to parse ip address and port.") }
    if address.isUnspecified {
      // "Any" can be connected to as little as "loopback" can be meant otherwise.
      address.bytes[address.family == .ipv4 ? 0 : 15] = address.family == .ipv4 ? 127 : 1
      if address.family == .ipv4 { address.bytes[3] = 1 }
    }
    try connect(request, to: key, at: address, link: number, call, node: &node, into: &outbox)
  }

  mutating func connectOverEthernet(
    _ request: borrowing AdminRequest, _ call: AdminCall, node: inout Node,
    into outbox: inout Outbox
  ) throws(AdminFailure) {
    guard let key = try? PublicKey(text: request.span("publicKey")) else {
      throw AdminFailure("invalid publicKey")
    }
    guard let address = LinkAddress(text: request.span("macAddress")),
      address.family == .ethernet
    else { throw AdminFailure("invalid macAddress") }
    let number = request.interfaceNumber
    guard let link = link(number), !link.bound.isIP else {
      throw AdminFailure(Self.invalidInterface)
    }
    try connect(request, to: key, at: address, link: number, call, node: &node, into: &outbox)
  }

  private mutating func connect(
    _ request: borrowing AdminRequest, to key: PublicKey, at address: LinkAddress, link: Int,
    _ call: AdminCall, node: inout Node, into outbox: inout Outbox
  ) throws(AdminFailure) {
    guard request.hasText("password") else {
      throw AdminFailure("Entry [password] is required and must be of type [String]")
    }
    do throws(PeeringError) {
      let keeps = request.integer("keep") == 1
      let change = try node.connect(
        link: link, address: address, key: key, password: request.bytes("password"),
        login: request.text("login"), name: request.bytes("peerName"),
        version: UInt32(exactly: request.integer("version") ?? 0) ?? 0, keepsSession: keeps,
        at: call.now, into: &outbox)
      succeed(call, keeps ? change : nil)
    } catch {
      let text: StaticString =
        switch error {
        case .unusableKey, .ownKey: "invalid cjdns public key."
        case .noSuchLink: Self.noSuchInterface
        case .wrongFamily: "different address type than this socket is bound to."
        case .textTooLong: "password, login and peerName must not be longer than 64 bytes"
        case .full: "no more space to register with the switch."
        }
      throw AdminFailure(text)
    }
  }

  /// Says, if asked, what has changed.
  @inline(never)
  mutating func succeed(_ call: AdminCall, _ change: EntryChange?, user: [UInt8] = []) {
    let reply = AdminReply(call, "change error user")
    switch change {
    case nil: reply.skip()
    case .none?: reply.put("none")
    case .changed?: reply.put("changed")
    case .new?: reply.put("new")
    }
    reply.put("none")
    reply.putIfAny(user)
    send(reply)
  }

  static var invalidInterface: StaticString { "invalid interfaceNumber" }
  private static var noSuchInterface: StaticString { "no such interface for interfaceNumber" }

  private static func publicKey(_ text: Span<UInt8>) throws(AdminFailure) -> PublicKey {
    do throws(KeyError) {
      return try PublicKey(text: text)
    } catch {
      let text: StaticString =
        switch error {
        case .wrongLength: "key must be 52 characters long"
        case .missingSuffix: "key must end in .k"
        case .undecodable: "failed to base-32 decode key"
        case .notInRange: "not a valid cjdns public key"
        }
      throw AdminFailure(text)
    }
  }

  // MARK: Peers

  mutating func listPeers(_ page: Int, _ call: AdminCall, node: borrowing Node) {
    let count = node.peerCount
    let range = Self.range(page: page, perPage: Self.peersPerPage, count: count)
    let reply = AdminReply(call, "more peers total")
    reply.putMore(range, of: count)
    reply.beginList()
    for i in range {
      guard let peer = node.peerRecord(at: i, now: call.now) else { break }
      reply.put(peer)
    }
    reply.end()
    reply.put(count)
    send(reply)
  }

  mutating func disconnect(
    _ request: borrowing AdminRequest, _ call: AdminCall, node: inout Node
  ) {
    guard let key = try? PublicKey(text: request.span("pubkey")) else {
      answerSuccess("bad key", call)
      return
    }
    var address: LinkAddress?
    let text = request.span("address")
    if !text.isEmpty {
      guard let given = LinkAddress(text: text) else {
        answerSuccess("bad address", call)
        return
      }
      address = given
    }
    let count = node.disconnect(
      key: key, address: address, link: request.interfaceNumber, at: call.now)
    guard count > 0 else {
      answerSuccess("no peer found for that key", call)
      return
    }
    let reply = AdminReply(call, "sessionsDisconnected success")
    reply.put(count)
    reply.put(1)
    send(reply)
  }

  mutating func resetPeering(
    _ request: borrowing AdminRequest, _ call: AdminCall, node: inout Node
  ) {
    let text = request.span("pubkey")
    let key = try? PublicKey(text: text)
    guard key != nil || text.isEmpty else {
      answerSuccess("bad key", call)
      return
    }
    let count = node.resetPeering(key: key, at: call.now)
    answerSuccess(key == nil || count > 0 ? nil : "no peer found for that key", call)
  }

  @inline(never)
  private mutating func answerSuccess(_ error: StaticString?, _ call: AdminCall) {
    let reply = AdminReply(call, "error success")
    if let error { reply.put(error) } else { reply.skip() }
    reply.put(error == nil)
    send(reply)
  }
}

extension AdminReply {
  /// `more` if the list does not end with `range`.
  @inline(never)
  func putMore(_ range: Range<Int>, of count: Int) {
    if range.upperBound < count, !range.isEmpty { put(1) } else { skip() }
  }

  /// A record of `InterfaceController_peerStats`.
  fileprivate func put(_ peer: PeerRecord) {
    beginDictionary(
      """
      addr airtime bitRate bytesIn bytesOut configured duplicates failed ifNum isIncoming last \
      lladdr lostPackets noiseProto receivedOutOfRange receivedPackets recvKbps retries sendKbps \
      signal state user
      """)
    let radio = peer.radio
    put(peer.version, peer.label, peer.key)
    put(ofRadio: radio.map { Int64($0.airtime) })
    put(ofRadio: radio.map { Int64($0.bitRate) })
    put(peer.bytesIn)
    put(peer.bytesOut)
    if let address = peer.configuredAddress { put(address) } else { skip() }
    put(peer.duplicateCount)
    put(ofRadio: radio.map { Int64($0.failed) })
    put(peer.link)
    put(peer.isIncoming)
    put(call.wallClock(peer.lastMessage))
    put(peer.linkAddress)
    put(peer.lostCount)
    put(0)
    put(peer.outOfRangeCount)
    put(peer.receivedCount)
    put(peer.receiveRate)
    put(ofRadio: radio.map { Int64($0.retries) })
    put(peer.sendRate)
    put(ofRadio: radio.map { Int64($0.signal) })
    put(peer.state.name)
    putIfAny(peer.user)
    end()
  }

  /// Left out if it is empty.
  @inline(never)
  fileprivate func putIfAny(_ text: [UInt8]) {
    if text.isEmpty { skip() } else { put(text) }
  }

  /// Left out for a peer that no radio knows.
  @inline(never)
  private func put(ofRadio value: Int64?) {
    if let value { put(value) } else { skip() }
  }
}
