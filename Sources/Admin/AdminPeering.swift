import Bytes
import Cryptography
import Node
import Peering
import Wire

// Links and neighbours (admin.md 8.3).
extension AdminServer {
  private static var peersPerPage: Int { 6 }

  mutating func runPeering(
    _ function: AdminFunction, _ request: AdminRequest, _ call: AdminCall, node: inout Node,
    into outbox: inout Outbox
  ) {
    switch function {
    case .interfaceControllerInterfaces: listLinks(request.page, call, node: node)
    case .interfaceControllerPeerStats: listPeers(request.page, call, node: node)
    case .interfaceControllerDisconnectPeer: disconnect(request, call, node: &node)
    case .interfaceControllerResetPeering: resetPeering(request, call, node: &node)
    default: connect(request, call, node: &node, into: &outbox)
    }
  }

  /// The members of a page, without those that are not there.
  static func range(page: Int, perPage: Int, count: Int) -> Range<Int> {
    guard page >= 0 else { return 0..<0 }
    let start = min(page * perPage, count)
    return start..<min(start + perPage, count)
  }

  // MARK: Links

  private mutating func listLinks(_ page: Int, _ call: AdminCall, node: borrowing Node) {
    let range = Self.range(page: page, perPage: Self.peersPerPage, count: links.count)
    var reply = AdminReply(txid: call.txid)
    reply.key("ifaces")
    reply.body.beginList()
    for i in range {
      let link = links[i]
      var name = ByteWriter()
      switch link.bound.family {
      case .ipv4: name.append("UDP/IPv4/")
      case .ipv6: name.append("UDP/IPv6/")
      case .ethernet, .none: name.append("ETH/")
      }
      link.bound.appendText(to: &name)
      let state: StaticString =
        switch node.beaconMode(link: link.number) ?? .off {
        case .off: "DISABLED"
        case .accept: "ACCEPTING"
        case .send: "SENDING"
        }
      reply.body.beginDictionary()
      reply.body.append("beaconState", state)
      reply.body.append("ifNum", Int64(link.number))
      reply.body.append("name", name.bytes)
      reply.body.end()
    }
    reply.body.end()
    if range.upperBound < links.count, !range.isEmpty { reply.append("more", 1) }
    reply.append("total", Int64(links.count))
    send(&reply, to: call.source)
  }

  private mutating func connect(
    _ request: AdminRequest, _ call: AdminCall, node: inout Node, into outbox: inout Outbox
  ) {
    let number = request.interfaceNumber
    guard links.contains(where: { $0.number == number }) else {
      fail("no such interface for interfaceNumber", call)
      return
    }
    guard let key = publicKey(request.bytes("publicKey") ?? [], call) else { return }
    let addressText = request.bytes("address") ?? []
    guard var address = LinkAddress(text: addressText.span), address.isIP,
      address.port != 0
    else {
      fail("unable to parse ip address and port.", call)
      return
    }
    if address.isUnspecified {
      // "Any" can be connected to as little as "loopback" can be meant otherwise.
      address.bytes[address.family == .ipv4 ? 0 : 15] = address.family == .ipv4 ? 127 : 1
      if address.family == .ipv4 { address.bytes[3] = 1 }
    }
    guard let password = request.bytes("password") else {
      fail("Entry [password] is required and must be of type [String]", call)
      return
    }
    let version = UInt32(exactly: request.integer("version") ?? 0) ?? 0
    do throws(PeeringError) {
      try node.connect(
        link: number, address: address, key: key, password: password,
        login: request.text("login"), name: request.bytes("peerName") ?? [], version: version,
        at: call.now, into: &outbox)
      succeed(call)
    } catch {
      switch error {
      case .unusableKey, .ownKey: fail("invalid cjdns public key.", call)
      case .noSuchLink: fail("no such interface for interfaceNumber", call)
      case .wrongFamily: fail("different address type than this socket is bound to.", call)
      case .textTooLong:
        fail("password, login and peerName must not be longer than 64 bytes", call)
      case .full: fail("no more space to register with the switch.", call)
      }
    }
  }

  /// The key that `text` spells, or nil and an error.
  private mutating func publicKey(_ text: [UInt8], _ call: AdminCall) -> PublicKey? {
    do throws(KeyError) {
      return try PublicKey(text: text.span)
    } catch {
      switch error {
      case .wrongLength: fail("key must be 52 characters long", call)
      case .missingSuffix: fail("key must end in .k", call)
      case .undecodable: fail("failed to base-32 decode key", call)
      case .notInRange: fail("not a valid cjdns public key", call)
      }
      return nil
    }
  }

  // MARK: Peers

  private mutating func listPeers(_ page: Int, _ call: AdminCall, node: borrowing Node) {
    let count = node.peerCount
    let range = Self.range(page: page, perPage: Self.peersPerPage, count: count)
    var reply = AdminReply(txid: call.txid)
    reply.key("peers")
    reply.body.beginList()
    for i in range {
      guard let peer = node.peerRecord(at: i, now: call.now) else { break }
      reply.body.append(peer, call)
    }
    reply.body.end()
    if range.upperBound < count, !range.isEmpty { reply.append("more", 1) }
    reply.append("total", Int64(count))
    send(&reply, to: call.source)
  }

  private mutating func disconnect(
    _ request: AdminRequest, _ call: AdminCall, node: inout Node
  ) {
    let text = request.bytes("pubkey") ?? []
    guard let key = try? PublicKey(text: text.span) else {
      answerSuccess("bad key", call)
      return
    }
    let count = node.disconnect(key: key, at: call.now)
    guard count > 0 else {
      answerSuccess("no peer found for that key", call)
      return
    }
    var reply = AdminReply(txid: call.txid)
    reply.append("sessionsDisconnected", Int64(count))
    reply.append("success", 1)
    send(&reply, to: call.source)
  }

  private mutating func resetPeering(
    _ request: AdminRequest, _ call: AdminCall, node: inout Node
  ) {
    var key: PublicKey?
    if let text = request.text("pubkey") {
      guard let parsed = try? PublicKey(text: text.span) else {
        answerSuccess("bad key", call)
        return
      }
      key = parsed
    }
    let count = node.resetPeering(key: key, at: call.now)
    answerSuccess(key == nil || count > 0 ? nil : "no peer found for that key", call)
  }

  private mutating func answerSuccess(_ error: StaticString?, _ call: AdminCall) {
    var reply = AdminReply(txid: call.txid)
    if let error { reply.append("error", error) }
    reply.append("success", error == nil ? 1 : 0)
    send(&reply, to: call.source)
  }
}

extension BencodeWriter {
  /// A record of `InterfaceController_peerStats`.
  fileprivate mutating func append(_ peer: borrowing PeerRecord, _ call: AdminCall) {
    let address = NodeAddress(version: peer.version, label: peer.label, key: peer.key)
    var linkAddress = ByteWriter()
    peer.linkAddress.appendText(to: &linkAddress)
    beginDictionary()
    append("addr", address.text)
    append("bytesIn", Int64(clamping: peer.bytesIn))
    append("bytesOut", Int64(clamping: peer.bytesOut))
    append("duplicates", Int64(clamping: peer.duplicateCount))
    append("ifNum", Int64(peer.link))
    append("isIncoming", peer.isIncoming ? 1 : 0)
    append("last", call.wallClock(peer.lastMessage))
    append("lladdr", linkAddress.bytes)
    append("lostPackets", Int64(clamping: peer.lostCount))
    append("noiseProto", 0)
    append("receivedOutOfRange", Int64(clamping: peer.outOfRangeCount))
    append("receivedPackets", Int64(clamping: peer.receivedCount))
    append("recvKbps", Int64(peer.receiveRate))
    append("sendKbps", Int64(peer.sendRate))
    append("state", peer.state.name)
    if !peer.user.isEmpty { append("user", peer.user) }
    end()
  }
}
