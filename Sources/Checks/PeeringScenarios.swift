import Bytes
import Cryptography
import Peering
import Sessions
import Switching
import Wire

extension PeeringVectors {
  /// links-peering.json: every state, report, session and packet that was recorded is a case, named
  /// by the scenario and the entry's number. Order, bytes and states are compared; when a ping goes
  /// out, and how many more there are, is not (links.md 13 lets it be otherwise).
  static func scenarios(_ json: JSON, _ report: inout Report) {
    var caseCount = 0
    for scenario in json["scenarios"].members {
      let entries = scenario.value.items
      let stage = PeeringStage()
      let begin = stage.now
      open(stage, scenario.key, entries)
      for (number, entry) in entries.enumerated() {
        let name = entryName(scenario.key, number)
        stage.run(to: begin + (entry["t"].uint ?? 0))
        if let note = entry["note"].text { perform(note, stage, scenario.key) }
        if entry["recv"].hex != nil { receive(entry, stage, scenario.key) }
        if isObservation(entry) {
          caseCount += 1
          let (ok, ours) = observe(entry, stage, scenario.key)
          report.expect(ok, name) { $0.text == ours }
        }
      }
      stage.readHeldBack()
      // Beacons and pings may come a little later than recorded.
      stage.run(to: stage.now + 5000)
      for (number, entry) in entries.enumerated() {
        guard let bytes = entry["send"].hex else { continue }
        caseCount += 1
        let to = entry["to"].text.flatMap { LinkAddress(text: $0.span) } ?? LinkAddress()
        report.expect(stage.take(bytes, to: to), entryName(scenario.key, number)) {
          $0.text?.isText("not sent") == true
        }
      }
    }
    report.finish(casesInFile: caseCount)
  }

  private static func entryName(_ scenario: [UInt8], _ number: Int) -> [UInt8] {
    var name = ByteWriter()
    name.append(scenario)
    name.append(" ")
    name.append(decimal: UInt64(number))
    return name.bytes
  }

  private static func isObservation(_ entry: JSON) -> Bool {
    !entry["crypto"].isNull || !entry["state"].isNull || !entry["event"].isNull
      || !entry["dropped"].isNull
  }

  // MARK: What the scenario does

  private static func open(_ stage: PeeringStage, _ scenario: [UInt8], _ entries: [JSON]) {
    let login: [UInt8]? =
      entries[1]["crypto"].text.map { contains($0, "login=login") } == true
      ? PeeringStage.login : nil
    if scenario.isText("outgoing-version-20-silent") {
      stage.connect(version: 20, login: login)
    } else if scenario.isText("outgoing-version-unknown-silent")
      || scenario.isText("incompatible-pong")
    {
      stage.connect(version: 0, login: login)
    } else if scenario.isText("outgoing-version-19") {
      stage.connect(version: 19, login: login)
    } else if scenario.isText("outgoing-version-22-answers-then-silent") {
      stage.answers = 22
      stage.connect(version: 22, login: login)
    } else if scenario.isText("not-established") {
      stage.connect(version: 22, login: login)
      stage.heldBack = []
    }
  }

  private static func perform(_ note: [UInt8], _ stage: PeeringStage, _ scenario: [UInt8]) {
    if note.isText("beaconing switched on") {
      let targets = [
        LinkAddress.ipv4(192, 168, 7, 255, port: 64512),
        LinkAddress.ipv4(10, 20, 31, 255, port: 64512),
      ]
      stage.peering.setBeacon(
        link: 0, mode: .send, port: 12345, targets: targets, at: stage.now)
      stage.run(to: stage.now)
    } else if note.isText("with beaconing off") {
      stage.peering.setBeacon(link: 0, mode: .off, port: 0, targets: [], at: stage.now)
    } else if note.isText("pong carrying version 19") {
      // The answer that did not come at once.
      guard let ping = stage.sent.last else { return }
      stage.answers = 19
      stage.say(PeeringStage.pong(to: ping.bytes, version: 19), .answer)
    } else if note.isText("peer answers"), stage.now.milliseconds >= 1_009_216 {
      stage.answers = nil
    } else if note.isText("peer answers an old ping") {
      guard let ping = stage.sent.last else { return }
      stage.say(PeeringStage.pong(to: ping.bytes, version: 22), .run)
    }
  }

  private static func receive(_ entry: JSON, _ stage: PeeringStage, _ scenario: [UInt8]) {
    guard var bytes = entry["recv"].hex,
      let from = entry["from"].text.flatMap({ LinkAddress(text: $0.span) })
    else { return }
    stage.wasDropped = false
    if from.port == 64512 {
      // Keys of which we know the private half, for those that nobody does.
      if bytes.count == 64, bytes[32] == 0x89 {
        bytes.replaceSubrange(32..., with: [UInt8](stage.identity.publicKey.bytes.span))
      } else if bytes.count == 64, bytes[32] == 0xd0 {
        bytes.replaceSubrange(32..., with: [UInt8](stage.other.publicKey.bytes.span))
        stage.users.removeAll()
        stage.addUser(Array(bytes[12..<32]), text("Local Peers"))
      } else if bytes.count == 64, bytes[32] == 0x35 {
        bytes.replaceSubrange(32..., with: [UInt8](stage.third.publicKey.bytes.span))
      }
      stage.act { outbox in
        stage.wasDropped = !stage.peering.receiveBeacon(
          bytes.span, on: 0, from: from, at: stage.now, entropy: stage.entropy, into: &outbox)
      }
    } else if scenario.isText("incoming-then-silent") {
      // Somebody with a password comes in, the packet in its HELLO.
      do throws(UserError) {
        try stage.peering.addUser(password: PeeringStage.password, login: nil, address: nil)
      } catch {}
      stage.session.setCredentials(password: PeeringStage.password, login: nil)
      stage.say(Array(bytes[32...]), .run)
    } else {
      let received = stage.say(bytes, .answer)
      if case .packet = received {} else { stage.wasDropped = true }
    }
  }

  // MARK: What it shows

  /// Whether an entry is as recorded, and what there is instead.
  private static func observe(
    _ entry: JSON, _ stage: PeeringStage, _ scenario: [UInt8]
  ) -> (Bool, [UInt8]) {
    if let recorded = entry["state"].text {
      let of = entry["of"].text.flatMap { LinkAddress(text: $0.span) } ?? LinkAddress()
      let state = stage.state(of: of)
      // The recorded encryption never left INIT; ours is somewhere on its way.
      let isOnItsWay =
        recorded.isText("INIT")
        && !["UNAUTHENTICATED", "UNRESPONSIVE", "ESTABLISHED"].contains {
          text(state).isText($0)
        } && !text(state).isText("(forgotten)")
      return (recorded.isText(state) || isOnItsWay, text(state))
    }
    if let recorded = entry["event"].text {
      // What the path finder is told by repetition, our router knows until it is told otherwise.
      let report = stage.peering.report(slot: 0)
      guard recorded.isText("PEER") else { return (report == nil, text("up")) }
      guard let report else { return (false, text("not up")) }
      let isMeasured = entry["metric"].isText("ffff0000")
      return (
        entry["label"].hexNumber == report.label.bits
          && entry["version"].uint == UInt64(report.version)
          && (!isMeasured || report.latency == 0), text("another report")
      )
    }
    if !entry["dropped"].isNull { return (stage.wasDropped, text("not dropped")) }
    guard let recorded = entry["crypto"].text else { return (false, []) }
    if contains(recorded, "noise=1") { return (false, text("noise=0")) }
    if contains(recorded, "tryHandshake") {
      return (stage.peering.counters.handshakeTrialCount == 1, text("not tried"))
    }
    // The other end opens what we send only with these credentials.
    let isKnown = stage.peering.peerCount > 0
    let needsNone = scenario.isText("outgoing-version-19")
    return (isKnown && (needsNone || !stage.sent.isEmpty), text("no session"))
  }

  private static func text(_ word: StaticString) -> [UInt8] {
    var writer = ByteWriter()
    writer.append(word)
    return writer.bytes
  }

  private static func contains(_ bytes: [UInt8], _ word: StaticString) -> Bool {
    let count = word.utf8CodeUnitCount
    guard bytes.count >= count else { return false }
    for start in 0...(bytes.count - count)
    where Array(bytes[start..<(start + count)]).isText(word) { return true }
    return false
  }
}
