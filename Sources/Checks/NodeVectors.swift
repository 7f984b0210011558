import Bytes
import Cryptography
import Node
import Peering
import Sessions
import Switching
import Wire

/// What a node makes of packets that are for itself.
enum NodeVectors {
  // MARK: links-tun.json

  /// Packets between the operating system and the network.
  static func tun(_ json: JSON, _ report: inout Report) {
    let pool = FramePool(frameCount: 1)
    let cases = json["cases"].items
    let own = json["myAddress"].text.flatMap { IPv6Address(text: $0.span) }
    for (number, item) in cases.enumerated() {
      var name = ByteWriter()
      name.append(decimal: UInt64(number))
      name.append(" ")
      name.append(item["what"].text ?? [])
      guard let own, let input = item["in"].hex, var frame = pool.take() else {
        report.expect(false, name.bytes)
        continue
      }
      frame.append(input.span)
      if item["from"].isText("core") {
        report.expect(restore(&frame, own: own, item), name.bytes)
      } else {
        let outcome = judge(&frame, own: own, item)
        report.expect(outcome.ok, name.bytes) { $0.isText(outcome.word) }
      }
    }
    report.finish(casesInFile: cases.count)
  }

  /// Bytes of the packet information in front of recorded IP packets, which we do without.
  private static var informationByteCount: Int { 4 }
  /// Bytes of the internal header in front of recorded messages: key, switch header, version,
  /// flags, address.
  private static var routeHeaderByteCount: Int { 68 }

  private static func judge(
    _ frame: inout FrameBuffer, own: IPv6Address, _ item: JSON
  ) -> (ok: Bool, word: StaticString) {
    guard frame.count >= informationByteCount else {
      return (item["to"].isNull, "refused")
    }
    frame.pull(informationByteCount)
    switch TunPacket.judge(frame.span, own: own, mtu: 1304) {
    case .send(let destination):
      TunPacket.strip(&frame)
      let expected = item["out"].hex ?? []
      guard item["to"].isText("core"), expected.count >= routeHeaderByteCount else {
        return (false, "sent")
      }
      let address = IPv6Address(copying: expected.span.extracting(52..<68))
      let message = Array(expected[routeHeaderByteCount...])
      return (address == destination && isSame(frame.span, message), "sent")
    case .loopBack:
      let expected = item["out"].hex ?? []
      return (
        item["to"].isText("tun") && isSame(frame.span, Array(expected.dropFirst(4))), "looped back"
      )
    case .outside:
      return (
        item["to"].isText("ipTunnel") && isSame(frame.span, item["out"].hex ?? []), "outside"
      )
    case .tooBig:
      return (false, "too big")
    case .refuse:
      return (item["to"].isNull, "refused")
    }
  }

  private static func restore(_ frame: inout FrameBuffer, own: IPv6Address, _ item: JSON) -> Bool {
    guard frame.count >= routeHeaderByteCount else { return false }
    let source = IPv6Address(copying: frame.span.extracting(52..<68))
    frame.pull(routeHeaderByteCount)
    let header: DataHeader
    do throws(WireError) { header = try DataHeader(frame.span) } catch { return false }
    frame.pull(DataHeader.byteCount)
    guard header.contentType < 256 else { return false }
    TunPacket.restore(
      &frame, nextHeader: UInt8(header.contentType), source: source, destination: own)
    return item["to"].isText("tun")
      && isSame(frame.span, Array((item["out"].hex ?? []).dropFirst(informationByteCount)))
  }

  static func isSame(_ bytes: Span<UInt8>, _ expected: [UInt8]) -> Bool {
    guard bytes.count == expected.count else { return false }
    for i in 0..<bytes.count where bytes[i] != expected[i] { return false }
    return true
  }

  // MARK: switch-control.json

  /// Control frames as they come from a neighbour and go back to it.
  static func control(_ json: JSON, _ report: inout Report) {
    let switchboard = Switchboard(json)
    let cases = json["cases"].items
    for (number, item) in cases.enumerated() {
      var name = ByteWriter()
      name.append(decimal: UInt64(number))
      name.append(" ")
      name.append(item["what"].text ?? [])
      report.expect(switchboard?.run(item) ?? false, name.bytes)
    }
    report.finish(casesInFile: cases.count)
  }

  /// The switch and the control part of a node with the recorded neighbours.
  private final class Switchboard {
    let pool = FramePool(frameCount: 1)
    var responder: ControlResponder
    /// By slot.
    var neighbours: [(slot: Int, address: LinkAddress)] = []
    var live = SlotSet()

    init?(_ json: JSON) {
      guard let key = json["_meta"]["responderKey"].hex, key.count == 32,
        let version = json["_meta"]["ourVersion"].uint
      else { return nil }
      responder = ControlResponder(
        key: PublicKey(copying: key.span), version: UInt32(truncatingIfNeeded: version))
      for peer in json["peers"].items {
        guard let label = peer["label"].label,
          let director = EncodingScheme.v358.director(of: label),
          let address = peer["lladdr"].text.flatMap({ LinkAddress(text: $0.span) })
        else { return nil }
        enter(address, director.slot)
      }
    }

    private func enter(_ address: LinkAddress, _ slot: Int) {
      neighbours.append((slot, address))
      live.insert(slot)
    }

    func run(_ item: JSON) -> Bool {
      guard let address = item["from"].text.flatMap({ LinkAddress(text: $0.span) }),
        let input = item["in"].hex, var frame = pool.take()
      else { return false }
      // A neighbour that is not in the list came last, and got the next slot.
      if !neighbours.contains(where: { $0.address == address }) {
        enter(address, neighbours.count + 1)
      }
      guard let neighbour = neighbours.first(where: { $0.address == address }) else { return false }
      // Key and version are those that the file's head speaks of; the label is the recorded one.
      if let text = item["what"].text, Self.speaksOfSupernode(text) {
        var key = FixedBytes<32>()
        for i in 4..<32 { key[i] = 0x77 }
        key[0] = 0xa0
        responder.supernode = Supernode(key: PublicKey(key), version: 22, label: Label(0x153))
      }
      frame.append(input.span)
      guard let destination = process(&frame, from: neighbour.slot, neighbour.address, item) else {
        return item["out"].isNull
      }
      guard let out = item["out"].hex, NodeVectors.isSame(frame.span, out),
        let to = item["to"].text.flatMap({ LinkAddress(text: $0.span) })
      else { return false }
      return neighbours.contains { $0.slot == destination && $0.address == to }
    }

    private static func speaksOfSupernode(_ text: [UInt8]) -> Bool {
      let word: StaticString = "supernode known on 0153"
      guard text.count >= word.utf8CodeUnitCount else { return false }
      let tail = Array(text[(text.count - word.utf8CodeUnitCount)...])
      return tail.isText(word)
    }

    /// The slot to which the answer goes that `frame` has become; nil if there is none.
    private func process(
      _ frame: inout FrameBuffer, from slot: Int, _ address: LinkAddress, _ item: JSON
    ) -> Int? {
      switch Switch.forward(&frame, from: slot, live: live) {
      case .errorBack: return slot
      case .to(let other): return other
      case .drop: return nil
      case .toRouter: break
      }
      let path = Label(frame.span.load64(bigEndianAt: 0)).reversed
      // Anything else would be for a session, of which there is none.
      guard ControlFrame.isPresent(in: frame.span) else { return nil }
      frame.pull(SwitchHeader.byteCount + ControlFrame.handleByteCount)
      let kind: ControlFrame.Kind
      do throws(WireError) { kind = try ControlFrame.check(frame.span) } catch { return nil }
      if kind == .error {
        // It is to be accepted exactly where something was passed on; then nothing goes out, and
        // what is made of a wrong one must differ from the recorded nothing.
        return item["toPathfinder"].isNull ? -1 : nil
      }
      guard responder.answer(&frame, to: kind, path: path, linkAddress: address) else {
        return nil
      }
      frame.push(ControlFrame.handleByteCount)
      SwitchHeader(label: path.bits).push(onto: &frame)
      guard case .to(let destination) = Switch.forward(&frame, from: 1, live: live) else {
        return nil
      }
      return destination
    }
  }

  // MARK: crypto-inner-session.json

  /// Two nodes, their end-to-end sessions, and what goes between them.
  static func innerSession(_ json: JSON, _ report: inout Report) {
    let pool = FramePool(frameCount: 2)
    let events = json["events"].items
    guard let alice = Party(json["nodes"]["alice"], peer: json["nodes"]["bob"], events, "alice"),
      let bob = Party(json["nodes"]["bob"], peer: json["nodes"]["alice"], events, "bob")
    else {
      report.expect(false, "nodes")
      return
    }
    for (number, event) in events.enumerated() {
      let party = event["node"].isText("alice") ? alice : bob
      let next = number + 1 < events.count ? events[number + 1] : .null
      let outcome = party.run(event, next: next, pool)
      report.expect(outcome.ok, Report.caseName("event", [number])) {
        $0.isText("nothing") && outcome.result == nil
          || outcome.result != nil && $0.hex == outcome.result
      }
    }
    report.finish(casesInFile: events.count)
  }

  /// One of the two nodes: its session, and what it has to show for the next recorded outputs.
  private final class Party {
    let session: EndToEndSession
    let entropy = ScriptedEntropy()
    let identity: Identity
    let users = UserTable(capacity: 0)
    /// What was or would be sent: the content, and the label if one was given.
    var pending: (content: [UInt8], label: UInt64?)?
    var delivered: [UInt8]?
    var error: [UInt8]?
    var path: UInt64 = 0
    let now = Instant(milliseconds: 1_000_000)

    init?(_ node: JSON, peer: JSON, _ events: [JSON], _ name: StaticString) {
      guard let secret = node["private_key"].hex, secret.count == 32,
        let key = peer["public_key"].hex, key.count == 32,
        let draw = node["draw_for_first_handle"][0].hex, draw.count == 4
      else { return nil }
      do throws(KeyError) {
        identity = try Identity(privateKey: SecretBytes(copying: secret.span))
      } catch { return nil }
      // How the original draws its first handle (crypto.md 6.3).
      var number: UInt32 = 0
      for i in 0..<4 { number |= UInt32(draw[i]) << UInt32(8 * i) }
      let peerKey = PublicKey(copying: key.span)
      session = EndToEndSession(
        identity: identity, key: peerKey, address: peerKey.address,
        receiveHandle: number % 99996 + 4, byStranger: false, at: now)
      guard
        identity.publicKey.address.bytes == node["ipv6"].hex.map({ FixedBytes(copying: $0.span) })
      else { return nil }
    }

    /// `ok`: as recorded. `result`: what came out instead, nil for nothing.
    func run(_ event: JSON, next: JSON, _ pool: FramePool) -> (ok: Bool, result: [UInt8]?) {
      if event["event"].isText("inside_in") { return (accept(event, next: next), nil) }
      if event["event"].isText("switch_out") { return send(event, pool) }
      if event["event"].isText("switch_in") { return (receive(event, pool), nil) }
      if event["event"].isText("inside_out") {
        let result = delivered
        delivered = nil
        return (result != nil && result == event["data"].hex, result)
      }
      if event["event"].isText("session") {
        return (
          event["receive_handle"].uint == UInt64(session.receiveHandle)
            && event["send_handle"].uint == UInt64(session.sendHandle)
            && event["state"].text.map { $0.isText(session.state.name) } == true, nil
        )
      }
      // Messages between parts of the original; ours are one.
      return (event["event"].isText("pathfinder_event"), nil)
    }

    /// Content from above. A user's packet waits until a run packet can carry it.
    private func accept(_ event: JSON, next: JSON) -> Bool {
      guard let content = event["data"].hex, let route = event["route_header"].hex,
        route.count == 68
      else { return false }
      let label = route.span.load64(bigEndianAt: 32)
      let isMessage = content.span.load16(bigEndianAt: 2) == DataHeader.routerMessage
      let waits = !isMessage && !session.canSend(at: now)
      if !waits { pending = (content, label == 0 ? nil : label) }
      // Where the next event is none of sending, nothing may be sent.
      let isSent = next["event"].isText("switch_out") || isMessage
      return waits != isSent
    }

    private func send(_ event: JSON, _ pool: FramePool) -> (ok: Bool, result: [UInt8]?) {
      if let error {
        self.error = nil
        return (error == event["packet"].hex, error)
      }
      guard let pending, var frame = pool.take() else { return (false, nil) }
      self.pending = nil
      entropy.script(event["random_draws"].items.map { $0.hex ?? [] })
      frame.append(pending.content.span)
      session.seal(&frame, at: now, entropy: entropy)
      if let label = pending.label { path = label }
      SwitchHeader(label: path).push(onto: &frame)
      let bytes = copy(frame.span)
      return (bytes == event["packet"].hex && entropy.isUsedUp, bytes)
    }

    /// A packet from the switch; what it leads to is compared at the next events.
    private func receive(_ event: JSON, _ pool: FramePool) -> Bool {
      guard let packet = event["packet"].hex, var frame = pool.take(),
        let back = event["return_path"].label
      else { return false }
      delivered = nil
      frame.append(packet.span)
      guard Label(frame.span.load64(bigEndianAt: 0)).reversed == back else { return false }
      if ControlFrame.isPresent(in: frame.span) {
        frame.pull(SwitchHeader.byteCount + ControlFrame.handleByteCount)
        do throws(WireError) {
          _ = try ControlFrame.check(frame.span)
          delivered = copy(frame.span)
        } catch { delivered = nil }
        return true
      }
      let quote = AuthenticationQuote(frame.span)
      let word = frame.span.load32(bigEndianAt: SwitchHeader.byteCount)
      frame.pull(SwitchHeader.byteCount)
      let isForUs: Bool
      if word >= EndToEndSession.handleMin {
        isForUs = word == session.receiveHandle
        frame.pull(EndToEndSession.handleByteCount)
      } else {
        let key = PublicKey(copying: frame.span.extracting(HandshakeHeader.Field.permanentKey))
        isForUs = key == session.key
        // What the file says of the others: our own key, and one of no node.
        if !isForUs, key != identity.publicKey, key.address.isNode { return false }
      }
      guard isForUs else { return event["note"].text.map(Self.saysDropped) ?? false }
      path = back.bits
      do throws(SessionError) {
        _ = try session.open(&frame, users: users, at: now)
        delivered = copy(frame.span)
      } catch {
        guard var frame = pool.take() else { return false }
        quote.emit(error: error, state: session.state, into: &frame)
        SwitchHeader(label: back.bits, suppressErrors: true).push(onto: &frame)
        self.error = copy(frame.span)
      }
      return true
    }

    private static func saysDropped(_ note: [UInt8]) -> Bool {
      let word: StaticString = "dropped"
      guard note.count >= word.utf8CodeUnitCount else { return false }
      return Array(note[(note.count - word.utf8CodeUnitCount)...]).isText(word)
    }

    private func copy(_ bytes: Span<UInt8>) -> [UInt8] {
      var result: [UInt8] = []
      for i in 0..<bytes.count { result.append(bytes[i]) }
      return result
    }
  }
}
