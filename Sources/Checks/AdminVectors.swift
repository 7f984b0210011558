import Bytes
import Cryptography
import Wire

/// The control interface, against what was recorded of another node.
enum AdminVectors {
  /// What is not offered: a name, or the beginning of a name up to `_`. A recorded call of such a
  /// function counts as passed if it does not exist here; so this list has to shrink with what is
  /// built.
  private static var notBuilt: [StaticString] {
    [
      "Admin_exportFd", "Admin_importFd", "Allocator_snapshot", "Core_initSocket",
      "Core_initTunfd", "InterfaceController_timestampPackets", "IpTunnel_",
      "NodeStore_getFullVerify", "NodeStore_setFullVerify", "ReachabilityCollector_", "RouteGen_",
      "Security_seccomp", "Sign_", "SupernodeHunter_", "UDPInterface_getFd", "UpperDistributor_",
    ]
  }

  private static func isNotBuilt(_ name: Span<UInt8>) -> Bool {
    for entry in notBuilt {
      let count = entry.utf8CodeUnitCount
      let isGroup = entry.utf8Start[count - 1] == UInt8(ascii: "_")
      guard isGroup ? name.count > count : name.count == count else { continue }
      if BencodeReader.spells(name.extracting(0..<count), entry) { return true }
    }
    return false
  }

  // MARK: admin-auth.json

  static func authentication(_ json: JSON, _ report: inout Report) {
    let clock = 1_400_000_010 as UInt64
    for record in json["recorded"].items {
      let stage = AdminStage(password: json["password"].text ?? [], unixSeconds: clock)
      stage.ask(record["request_hex"].hex ?? [])
      let reply = stage.takeReply() ?? []
      let isSame = AdminReplies.match(record["reply_hex"].hex ?? [], reply)
      let isLetIn = !(AdminReplies.text("error", in: reply)?.isText("Auth failed.") ?? false)
      let ok = isSame && isLetIn == record["server_says_authenticated"].bool
      report.expect(ok, record["name"].text ?? []) {
        AdminReplies.match($0.text ?? [], reply, ignoresTxid: true)
      }
    }
    for record in json["computed"].items {
      let stage = AdminStage(password: record["password"].text ?? [], unixSeconds: clock)
      stage.ask(record["request_hex"].hex ?? [])
      let reply = stage.takeReply() ?? []
      let isPong = AdminReplies.match(bytes("d1:q4:pong4:txid4:abcde"), reply)
      report.expect(isPong, record["name"].text ?? [])
    }
    report.finish(casesInFile: json["recorded"].items.count + json["computed"].items.count)
  }

  // MARK: admin-functions-v20.7.json

  static func functions(_ json: JSON, _ report: inout Report) {
    let stage = AdminStage(password: [], unixSeconds: 0)
    var listings: [[UInt8]] = []
    for page in 0..<20 as Range<Int64> {
      var request = BencodeWriter()
      request.beginDictionary()
      request.append("args")
      request.beginDictionary()
      request.append("page", page)
      request.end()
      request.append("q", "Admin_availableFunctions")
      request.end()
      stage.ask(request.bytes)
      listings.append(stage.takeReply() ?? [])
    }
    for record in json["functions"].items {
      let name = record["name"].text ?? []
      var found: [UInt8]?
      for listing in listings where found == nil {
        found = AdminReplies.signature(of: name, in: listing)
      }
      let expected = isNotBuilt(name.span) ? nil : signature(record["args"])
      report.expect(found == expected, name)
    }
    report.finish(casesInFile: json["functions"].items.count)
  }

  /// The arguments of a function as the listing has them.
  private static func signature(_ arguments: JSON) -> [UInt8] {
    var writer = BencodeWriter()
    writer.beginDictionary()
    for argument in arguments.members {
      writer.append(argument.key)
      writer.beginDictionary()
      writer.append("required", argument.value["required"].int ?? -1)
      writer.append("type", argument.value["type"].text ?? [])
      writer.end()
    }
    writer.end()
    return writer.bytes
  }

  // MARK: admin-exchange-v20.7.json

  static func exchange(_ json: JSON, _ report: inout Report) {
    let pairs = json["pairs"].items
    guard let stage = exchangeStage() else {
      report.expect(false, "the node of the recording cannot be made")
      return
    }
    // The recorded peer is played by a node with another key; names of log streams are random.
    var keys = AdminSubstitution(
      recorded: bytes("qp4b5dymjqthy1mwgrxwju89s1tbnhtks03xtrqwwl889w1n7z00.k"),
      recordedAddress: bytes("fc03:43ae:cca0:c35b:a2fd:9d01:a5bd:38ac"), ours: stage.peerKey)
    for (number, pair) in pairs.enumerated() {
      var name = ByteWriter()
      name.append(decimal: UInt64(number))
      name.append(" ")
      name.append(pair["name"].text ?? [])
      var function: [UInt8] = []
      if let request = pair["request_hex"].hex {
        function = AdminReplies.function(request)
        setClock(stage, request, pair["name"].text ?? [])
        // Nobody asks as fast as this.
        stage.pass(100)
        stage.ask(keys.applied(to: request, password: bytes("hunter2")))
      }
      check(pair, function, name.bytes, stage, &keys, &report)
    }
    report.finish(casesInFile: pairs.count)
  }

  private static func check(
    _ pair: JSON, _ function: [UInt8], _ name: [UInt8], _ stage: AdminStage,
    _ keys: inout AdminSubstitution, _ report: inout Report
  ) {
    let recorded = keys.applied(to: pair["reply_hex"].hex ?? [])
    if isNotBuilt(function.span) {
      let unknown = bytes(
        "d5:error65:No functions matched your request, try Admin_availableFunctions()e")
      report.expect(AdminReplies.match(unknown, stage.takeReply() ?? []), name)
      return
    }
    if AdminReplies.isLine(recorded, of: "IpTunnel.c") {
      // A line about something that is not built.
      report.expect(isNotBuilt(bytes("IpTunnel_connectTo").span), name)
      return
    }
    guard !recorded.isEmpty else {
      report.expect(stage.takeReply() == nil, name)
      return
    }
    let reply = stage.takeReply(within: 10_000) ?? []
    if let theirs = AdminReplies.text("streamId", in: recorded),
      let ours = AdminReplies.text("streamId", in: reply)
    {
      keys.add(recorded: theirs, ours: ours)
    }
    let texts = keys
    report.expect(AdminReplies.match(recorded, reply), name) {
      AdminReplies.match(texts.applied(to: $0.text ?? []), reply, ignoresTxid: true)
    }
  }

  /// The node of the recording: its key, its users, its peer.
  private static func exchangeStage() -> AdminStage? {
    let digits = bytes("543d16b8a5af515d2e2633b40943fd4ead7ae72f20b38722f051f6cf48baa97e")
    guard let secret = Hex.decode(digits.span), secret.count == 32,
      let identity = try? Identity(privateKey: SecretBytes(copying: secret.span))
    else { return nil }
    let stage = AdminStage(
      password: bytes("hunter2"), unixSeconds: 1_753_256_023, identity: identity)
    stage.openLinks()
    stage.addUser(password: bytes("alphaalpha"), login: bytes("alice"))
    stage.addUser(password: bytes("betabeta"), login: bytes("Anon #2"))
    stage.connectPeer(name: bytes("n2"))
    return stage
  }

  /// The clock goes by the cookies, except in the cases that are about it.
  private static func setClock(_ stage: AdminStage, _ request: [UInt8], _ name: [UInt8]) {
    let word = bytes("cookie")
    let isAboutClock = name.count > word.count && Array(name.suffix(word.count)) == word
    if !isAboutClock, let cookie = AdminReplies.cookie(request) { stage.unixSeconds = cookie }
  }

  static func bytes(_ text: StaticString) -> [UInt8] {
    var writer = ByteWriter()
    writer.append(text)
    return writer.bytes
  }
}
