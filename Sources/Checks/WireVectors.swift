import Bytes
import Cryptography
import Switching
import Wire

/// Headers, checksums, addresses and beacons.
enum WireVectors {
  /// switch-checksum.json
  static func checksums(_ json: JSON, _ report: inout Report) {
    func word(_ bytes: [UInt8]?) -> UInt16? {
      guard let bytes, bytes.count == 2 else { return nil }
      return bytes.span.load16(bigEndianAt: 0)
    }
    let plain = json["engine"].items
    for (number, entry) in plain.enumerated() {
      let data = entry["data"].hex
      report.expect(
        data != nil && data.map { Checksum.of($0.span) } == word(entry["checksum"].hex),
        "engine", number)
    }
    let inIPv6 = json["udpIp6"].items
    for (number, entry) in inIPv6.enumerated() {
      var ok = false
      if let addresses = entry["srcAndDest"].hex, let data = entry["data"].hex {
        func of(_ nextHeader: UInt8) -> UInt16 {
          Checksum.inIPv6(
            addresses: addresses.span, nextHeader: nextHeader, payload: data.span)
        }
        ok =
          of(17) == word(entry["udp"].hex)
          && of(ICMPv6Error.nextHeader) == word(entry["icmp6"].hex)
      }
      report.expect(ok, "udpIp6", number)
    }
    report.finish(casesInFile: plain.count + inIPv6.count)
  }

  /// links-sockaddr.json: `type` 2 is Ethernet, 0 IP; −1 stands for "none written".
  static func linkAddresses(_ json: JSON, _ report: inout Report) {
    let cases = json["cases"].items
    for entry in cases {
      let text = entry["text"].text ?? []
      let parsed = LinkAddressText(text.span)
      var ok = entry["ok"].bool == (parsed != nil)
      if let parsed {
        let isEthernet = parsed.address.family == .ethernet
        var printed = ByteWriter()
        parsed.append(to: &printed)
        ok =
          ok && isEthernet == (entry["type"].int == 2)
          && (isEthernet ? -1 : Int64(parsed.address.port)) == entry["port"].int
          && (parsed.prefixLength.map { Int64($0) } ?? -1) == entry["prefix"].int
          && printed.bytes == entry["printed"].text
          && Array(copying: parsed.address.asIPv6.bytes.span) == entry["asIp6"].hex
      }
      report.expect(ok, text)
    }
    report.finish(casesInFile: cases.count)
  }

  /// links-udp-beacon.json: the words in `what` say which rule a refused datagram breaks; the key
  /// in what the node sent is its own.
  static func udpBeacons(_ json: JSON, _ report: inout Report) {
    let datagrams = json["datagrams"].items
    var own: PublicKey?
    for (number, entry) in datagrams.enumerated() {
      let bytes = entry["datagram"].hex ?? []
      let beacon: UDPBeacon?
      do throws(WireError) { beacon = try UDPBeacon(bytes.span) } catch { beacon = nil }
      let key = beacon.map { PublicKey($0.beacon.publicKey) }
      if entry["dir"].isText("send") { own = key }
      var ok: Bool
      switch entry["what"] {
      case let what where what.isText("bad header version") || what.isText("zero byte set"):
        ok = beacon == nil
      case let what where what.isText("one byte short") || what.isText("bad magic"):
        ok = beacon == nil
      case let what where what.isText("key whose address is outside fc00::/8"):
        ok = key != nil && key?.isUsable == false
      case let what where what.isText("our own key"):
        ok = key != nil && key == own
      default:
        ok = beacon.map { emitted($0) == bytes } ?? false
      }
      if entry["dir"].isText("send") { ok = ok && key?.isUsable == true }
      report.expect(ok, "datagram", number)
    }
    report.finish(casesInFile: datagrams.count)
  }

  private static func emitted(_ beacon: UDPBeacon) -> [UInt8] {
    let pool = FramePool(frameCount: 1)
    guard var frame = pool.take() else { return [] }
    beacon.emit(into: &frame)
    return Array(copying: frame.span)
  }

  /// links-eth.json: what the card does, addresses and type, is done here as the kernel does it.
  static func ethernet(_ json: JSON, _ report: inout Report) {
    let pool = FramePool(frameCount: 1)
    func card(_ text: JSON) -> [UInt8] {
      let text = text.text ?? []
      return LinkAddress(text: text.span).map { Array(copying: $0.bytes.span.extracting(0..<6)) }
        ?? []
    }
    let own = card(json["macOfSender"])
    let peer = card(json["macOfPeer"])
    let broadcast = [UInt8](repeating: 0xff, count: 6)
    let type: [UInt8] = [0xfc, 0x00]
    let sent = json["sent"].items
    for (number, entry) in sent.enumerated() {
      let isBeacon = entry["what"].isText("beacon")
      var bytes = (isBeacon ? broadcast : peer) + own + type
      let content = entry["content"].hex ?? []
      if var frame = pool.take(), frame.append(content.span), EthernetHeader.push(onto: &frame) {
        bytes += Array(copying: frame.span)
      }
      report.expect(bytes == entry["frame"].hex, "sent", number)
    }
    let received = json["received"].items
    for (number, entry) in received.enumerated() {
      let bytes = entry["frame"].hex ?? []
      let head = Array(bytes.prefix(14))
      let isBroadcast = head.starts(with: broadcast)
      var content: [UInt8]?
      if var frame = pool.take(), isBroadcast || head.starts(with: own), head.suffix(2) == type[...]
      {
        frame.append(bytes.span.extracting(14..<bytes.count))
        do throws(WireError) {
          try EthernetHeader.pull(from: &frame)
          content = Array(copying: frame.span)
        } catch {
          content = nil
        }
      }
      func isDelivered(_ wanted: JSON) -> Bool {
        guard !wanted.isNull else { return content == nil }
        return content != nil && content == wanted["content"].hex
          && isBroadcast == wanted["broadcast"].bool && wanted["from"].hex == Array(head[6..<12])
      }
      var name = Report.caseName("received", [number])
      name.append(32)
      name += entry["what"].text ?? []
      report.expect(isDelivered(entry["delivered"]), name) { ours in
        ours["contentByteCount"].int.map { $0 == content.map { Int64($0.count) } }
          ?? isDelivered(ours)
      }
    }
    report.finish(casesInFile: sent.count + received.count)
  }

  /// switch-ping-queries.json: keep-alive pings as they leave towards the peer on interface 0.
  static func pings(_ json: JSON, _ report: inout Report) {
    let frames = json["frames"].items
    let pool = FramePool(frameCount: 1)
    var live = SlotSet()
    live.insert(0)
    for (number, entry) in frames.enumerated() {
      let expected = entry.hex ?? []
      let dataStart = SwitchHeader.byteCount + 4 + ControlFrame.pingDataOffset
      guard expected.count >= dataStart, var frame = pool.take(),
        let label = EncodingScheme.v358.label(slot: 0)
      else {
        report.expect(false, "frame", number)
        continue
      }
      let version = expected.span.load32(bigEndianAt: dataStart - 4)
      let data = expected.span.extracting(dataStart..<expected.count)
      var ok = ControlFrame.build(&frame, kind: .ping, version: version, data: data)
      SwitchHeader(label: label.bits).push(onto: &frame)
      ok = ok && Switch.forward(&frame, from: Switch.routerSlot, live: live) == .to(0)
      ok = ok && Array(copying: frame.span) == expected
      ok = ok && ControlFrame.isPresent(in: expected.span)
      frame.pull(SwitchHeader.byteCount + ControlFrame.handleByteCount)
      do throws(WireError) {
        ok = try ControlFrame.check(frame.span) == .ping && ok
      } catch {
        ok = false
      }
      report.expect(ok, "frame", number)
    }
    report.finish(casesInFile: frames.count)
  }
}
