import Admin
import Bytes
import Cryptography
import Peering
import Routing
import Sessions
import Settings
import Switching
import Wire

/// Numbers at the ends of their ranges wherever somebody else chooses them: what does not fit a
/// machine's word, which has 32 bits on most routers, must neither stop the process nor come out as
/// another number.
enum HostileNumbersChecks {
  static func run(_ report: inout Report) {
    directors(&report)
    forwarding(&report)
    bencode(&report)
    routerMessages(&report)
    clocks(&report)
    state(&report)
    configuration(&report)
    adminRequests(&report)
  }

  private static var integers: [Int64] {
    [
      .min, -0x1_0000_0001, -0x8000_0001, -1, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff, 0x1_0000_0000,
      0x1_0000_0015, .max,
    ]
  }

  // MARK: Labels

  /// One bit, all bits up to one, all bits from one on.
  private static func labels() -> [Label] {
    var labels: [Label] = [.unknown]
    for shift in 0..<64 as Range<UInt64> {
      labels.append(Label(1 << shift))
      labels.append(Label(.max >> shift))
      labels.append(Label(.max << shift))
    }
    return labels
  }

  /// Those of the standard, and those with the widest forms that there can be.
  private static func schemes() -> [EncodingScheme] {
    let widest = [
      [EncodingForm(bitCount: 31, prefixLength: 0, prefix: 0)],
      [
        EncodingForm(bitCount: 28, prefixLength: 31, prefix: 0x7fff_ffff),
        EncodingForm(bitCount: 29, prefixLength: 30, prefix: 0),
      ],
    ]
    return [.v358, .v48, .fixed4, .fixed8] + widest.compactMap { EncodingScheme(forms: $0) }
  }

  private static func directors(_ report: inout Report) {
    let schemes = schemes()
    report.expect(schemes.count == 6, "schemes of the widest forms")
    let labels = labels()
    var ok = true
    for scheme in schemes {
      for label in labels {
        for form in -1...scheme.forms.count { _ = scheme.convert(label, toForm: form) }
        _ = scheme.canonical(label)
        _ = scheme.widened(label, for: labels[7])
        _ = scheme.widened(labels[7], for: label)
        _ = scheme.isSelf(label) || scheme.isOneHop(label)
        guard let (slot, width) = scheme.director(of: label), let form = scheme.form(of: label)
        else { continue }
        ok =
          ok && slot >= 0
          && scheme.director(slot: slot, form: form) == label.bits & (1 << UInt64(width) - 1)
        _ = scheme.label(slot: slot)
      }
      // The largest number of 32-bit words has 31 bits, as the widest form.
      ok = ok && (scheme.forms[0].bitCount == 31 || scheme.director(slot: .max, form: 0) == nil)
    }
    report.expect(ok, "directors of any bits")
    ok = true
    for via in labels {
      for go in labels {
        let path = Label.splice(go, behind: via)
        ok = ok && (path == .unreachable || path.bitCount <= Label.bitCountMax)
        _ = path.routesThrough(via) || via.routesThrough(go)
        _ = path.unspliced(at: via)
      }
    }
    report.expect(ok, "paths of any bits")
  }

  private static func forwarding(_ report: inout Report) {
    let pool = FramePool(frameCount: 1)
    var live = SlotSet()
    for slot in 0...SlotSet.slotMax { live.insert(slot) }
    var ok = true
    for label in labels() {
      for source in [0, 1, 7, 8, 32, 33, SlotSet.slotMax] {
        guard var frame = pool.take() else { return report.expect(false, "a frame") }
        frame.resize(to: 40)
        SwitchHeader(label: label.bits).push(onto: &frame)
        if case .to(let slot) = Switch.forward(&frame, from: source, live: live) {
          ok = ok && live.contains(slot)
        }
      }
    }
    report.expect(ok, "packets with any label are forwarded, answered or dropped")
  }

  // MARK: Messages

  private static func bytes(_ text: StaticString) -> [UInt8] {
    var writer = ByteWriter()
    writer.append(text)
    return writer.bytes
  }

  /// Whether the dialect takes `text`, and the number that it then finds at `a`.
  private static func number(
    _ text: StaticString, _ dialect: BencodeDialect
  ) -> (isTaken: Bool, value: Int64?) {
    do throws(BencodeError) {
      let reader = try BencodeReader(bytes(text).span, dialect)
      return (true, reader.integer("a"))
    } catch {
      return (false, nil)
    }
  }

  private static func bencode(_ report: inout Report) {
    var ok = true
    for dialect in [BencodeDialect.admin, .router] {
      ok = ok && number("d1:ai9223372036854775807ee", dialect) == (true, .max)
      ok = ok && number("d1:ai-9223372036854775808ee", dialect) == (true, .min)
      ok = ok && number("d1:ai4294967297ee", dialect) == (true, 0x1_0000_0001)
      let beyond = number("d1:ai-99999999999999999999999999999ee", dialect)
      ok = ok && beyond.isTaken == dialect.isLax
      // Each begins like a key or a value of one byte where a length is cut to 32 or 64 bits.
      ok = ok && !number("d4294967297:ai1ee", dialect).isTaken
      ok = ok && !number("d1:a4294967297:xe", dialect).isTaken
      ok = ok && !number("d1:a2147483649:xe", dialect).isTaken
      ok = ok && !number("d1:a18446744073709551617:xe", dialect).isTaken
    }
    report.expect(ok, "bencode with long numbers and lengths")
  }

  private static func routerMessages(_ report: inout Report) {
    var ok = true
    for value in integers {
      for isForm in [false, true] {
        var writer = BencodeWriter()
        writer.beginDictionary()
        writer.append("ei", isForm ? value : 0)
        writer.append("p", isForm ? 21 : value)
        writer.append("q", "pn")
        writer.append("txid", "0")
        writer.end()
        let isGood = !isForm && value >= 20 && value <= 0xffff_ffff
        do throws(RouterMessageError) {
          let message = try RouterMessage(writer.bytes.span)
          ok = ok && isGood && Int64(message.version) == value
        } catch {
          ok = ok && !isGood
        }
      }
    }
    report.expect(ok, "versions and forms of any size")
    let node = ListedNode(
      key: PublicKey(FixedBytes()), label: Label(.max), version: .max)
    let read = ListedNode.unpacked(
      ListedNode.packed([node]).span, versions: ListedNode.packedVersions([node]).span)
    report.expect(read == [node], "the largest version and label of a listed node")
  }

  // MARK: Time and counters

  private static func clocks(_ report: inout Report) {
    let instants = [0, 0x7fff_ffff, 0xffff_ffff, 0x1_0000_0000, .max - 1, .max] as [UInt64]
    var meter = RateMeter()
    var bucket = TokenBucket(burst: 1000, at: Instant(milliseconds: 0))
    var ok = true
    for milliseconds in instants + instants {
      let now = Instant(milliseconds: milliseconds)
      for _ in 0..<4 { meter.add(.max, at: now) }
      _ = bucket.take(perSecond: 1000, burst: 1000, at: now)
      var supervision = EndToEndSupervision(byStranger: false, at: now)
      _ = supervision.want(at: now)
      supervision.sent(at: now)
      supervision.heard(at: now)
      _ = supervision.step(at: .never)
      ok = ok && supervision.deadline >= now
    }
    report.expect(ok, "clocks that jump to their ends")
    var window = ReplayWindow()
    ok = true
    for counter in [0, 0x7fff_ffff, 0x8000_0000, .max - 64, .max] as [UInt32] {
      ok = ok && window.accept(counter) && !window.accept(counter)
    }
    report.expect(ok && window.statistics.duplicateCount == 5, "counters of packets to the last")
  }

  // MARK: Files

  private static var key: StaticString { "m3udbrxufltvn0zjt54975cqqzv862p1490f9cf73p2nb2d1xq80.k" }
  private static var privateKey: StaticString {
    "2693e10e8d3df984c6c117baf000fc3c41df3a7d9345112a5ad9995a84633e92"
  }

  private static func state(_ report: inout Report) {
    var ok = true
    for number in integers {
      var text = ByteWriter()
      text.append("cjdns-swift state 1\npeer ")
      text.append(decimal: number)
      text.append(" [fe80::1]:1 ")
      text.append(key)
      text.append(" ")
      text.append(decimal: number)
      text.append("\nend 0\n")
      ok = ok && StateText.read(text.bytes) == nil
    }
    report.expect(ok, "remembered links and scopes of any number")
  }

  private static func configuration(_ report: inout Report) {
    var ok = true
    for number in integers {
      for key: StaticString in ["dscp", "beaconPort", "version", "beacon", "other"] {
        let isPeer = BencodeReader.spells(bytes(key).span, "version")
        let isFree =
          BencodeReader.spells(bytes(key).span, "beacon")
          || BencodeReader.spells(bytes(key).span, "other")
        let isGood = isFree || isPeer && number >= 0 && number <= 0xffff_ffff
        ok = ok && isRead(key, number, ofPeer: isPeer) == isGood
      }
    }
    report.expect(ok, "configurations with numbers of any size")
  }

  /// Whether a configuration is read that has `number` at `key` of an interface or of a peer.
  private static func isRead(_ key: StaticString, _ number: Int64, ofPeer: Bool) -> Bool {
    var entry = ByteWriter()
    entry.append(",\"")
    entry.append(key)
    entry.append("\":")
    entry.append(decimal: number)
    var text = ByteWriter()
    text.append("{\"version\":9223372036854775807,\"privateKey\":\"")
    text.append(privateKey)
    text.append("\",\"admin\":{\"bind\":\"127.0.0.1:1\"},\"noBackground\":-2147483649,")
    text.append("\"interfaces\":{\"UDPInterface\":[{\"bind\":\"0.0.0.0:1\"")
    if !ofPeer { text.append(entry.bytes) }
    text.append(",\"connectTo\":{\"192.0.2.1:1\":{\"password\":\"a\",\"publicKey\":\"")
    text.append(Self.key)
    text.append("\"")
    if ofPeer { text.append(entry.bytes) }
    text.append("}}}]}}")
    var notes: [ConfigurationNote] = []
    do throws(ConfigurationError) {
      _ = try Configuration.read(text.bytes.span, notes: &notes)
      return true
    } catch {
      return false
    }
  }

  // MARK: Requests

  /// The functions that take a number or a path.
  private static var functions: [StaticString] {
    [
      "AdminLog_logMany", "AdminLog_subscribe", "Admin_availableFunctions",
      "InterfaceController_interfaces", "InterfaceController_peerStats", "SwitchPinger_ping",
      "UDPInterface_beginConnection", "UDPInterface_new", "UDPInterface_setBroadcastDevices",
      "UDPInterface_beacon", "UDPInterface_getBroadcastAddrs", "UDPInterface_getBroadcastDevices",
      "AuthorizedPasswords_add", "AuthorizedPasswords_list", "Security_setUser",
      "SessionManager_getHandles", "SessionManager_sessionStats", "NodeStore_dumpTable",
      "NodeStore_getLink", "NodeStore_getRouteLabel", "RouterModule_findNode",
      "RouterModule_getPeers", "RouterModule_nextHop", "RouterModule_pingNode",
      "Janitor_dumpRumorMill", "SearchRunner_search", "SearchRunner_showActiveSearch",
    ]
  }

  private static var numberArguments: [StaticString] {
    [
      "authType", "beaconPort", "count", "dscp", "gid", "handle", "interfaceNumber",
      "keepNetAdmin", "keyPing", "line", "linkNum", "maxRequests", "number", "page", "state",
      "timeout", "uid", "version",
    ]
  }

  private static func adminRequests(_ report: inout Report) {
    let stage = AdminStage(password: bytes("NONE"), unixSeconds: .max)
    stage.openLinks()
    stage.connectPeer(name: [])
    for value in integers {
      for function in functions {
        stage.ask(request(function, value, label: Label(UInt64(bitPattern: value))))
        stage.pass(50)
      }
    }
    report.expect(isAnswering(stage), "admin functions with numbers of any size")
    // Through our switch and, where the first director is the neighbour's, through its switch.
    for label in labels() {
      for path in [label, Label(label.bits << 4 | 5)] {
        stage.ask(request("SwitchPinger_ping", 1, label: path))
        stage.pass(20)
      }
    }
    report.expect(isAnswering(stage), "pings along paths of any bits")
  }

  private static func isAnswering(_ stage: AdminStage) -> Bool {
    while stage.takeReply() != nil {}
    stage.ask(bytes("d1:q4:pinge"))
    return stage.takeReply() == bytes("d1:q4:ponge")
  }

  private static func request(_ function: StaticString, _ value: Int64, label: Label) -> [UInt8] {
    var path = ByteWriter()
    label.appendText(to: &path)
    var writer = BencodeWriter()
    writer.beginDictionary()
    writer.append("args")
    writer.beginDictionary()
    for name in numberArguments { writer.append(name, value) }
    for name: StaticString in ["ipv6", "target"] {
      writer.append(name, "fcff:ffff:ffff:ffff:ffff:ffff:ffff:ffff")
    }
    for name: StaticString in [
      "nearbyPath", "nodeToQuery", "path", "pathParentToChild", "pathToParent",
    ] {
      writer.append(name, path.bytes)
    }
    writer.append("address", "192.0.2.1:1")
    writer.append("devices")
    writer.beginList()
    writer.end()
    writer.append("mill", "nodeMill")
    writer.append("password", "a")
    writer.append("publicKey")
    writer.append(key)
    writer.end()
    writer.append("q", function)
    writer.end()
    return writer.bytes
  }
}
