import Bytes
import Cryptography
import Sessions
import Wire

/// CryptoAuth: replay window, passwords, whole conversations.
enum SessionVectors {
  /// crypto-replay.json: each step is a counter, whether it is accepted, and the window after it.
  static func replay(_ json: JSON, _ report: inout Report) {
    var stepCount = 0
    for (number, sequence) in json["sequences"].items.enumerated() {
      var window = ReplayWindow(
        base: UInt32(truncatingIfNeeded: sequence["initial_base"].uint ?? 0))
      for (index, step) in sequence["steps"].items.enumerated() {
        stepCount += 1
        guard let counter = step[0].uint else {
          report.expect(false, "step", number, index)
          continue
        }
        let isAccepted = window.accept(UInt32(truncatingIfNeeded: counter))
        let isSame =
          step[1].bool == isAccepted && step[2].uint == UInt64(window.base)
          && step[3].hexNumber == window.bits && step[4].uint == UInt64(window.duplicateCount)
          && step[5].uint == UInt64(window.lostCount)
          && step[6].uint == UInt64(window.outOfRangeCount)
        report.expect(isSame, "step", number, index)
      }
    }
    report.finish(casesInFile: stepCount)
  }

  /// crypto-password.json: a HELLO made with the password holds the challenge and opens with the
  /// secret. The last case is the one without a password.
  static func passwords(_ json: JSON, _ report: inout Report) {
    let pool = FramePool(frameCount: 1)
    let cases = json["cases"].items
    for (number, item) in cases.enumerated() {
      report.expect(isHelloRight(item, pool), "case", number)
    }
    report.expect(isHelloRight(json["no_password"], pool), "no_password")
    report.finish(casesInFile: cases.count + 1)
  }

  private static func isHelloRight(_ item: JSON, _ pool: FramePool) -> Bool {
    guard let alice = identity(item["alice_private"]), let bob = item["bob_public"].hex,
      bob.count == 32, let secret = item["hello_secret"].hex, secret.count == 32,
      var frame = pool.take()
    else { return false }
    let session = CryptoAuth(
      identity: alice, peer: PublicKey(copying: bob.span), requireAuthentication: false,
      at: Instant(milliseconds: 0))
    session.setCredentials(password: item["password"].hex, login: item["login"].hex)
    session.encrypt(&frame, at: Instant(milliseconds: 0), entropy: SeededEntropy(seed: 1))
    if let challenge = item["challenge_12_bytes"].hex {
      guard isSame(frame.span.extracting(HandshakeHeader.Field.challenge), challenge) else {
        return false
      }
    }
    let nonce = FixedBytes<24>(copying: frame.span.extracting(HandshakeHeader.Field.nonce))
    frame.pull(HandshakeHeader.Field.boxStart)
    var box = frame.mutableSpan
    return Backend.secretboxOpen(&box, nonce: nonce.span, key: secret.span)
  }

  // MARK: Conversations

  /// crypto-legacy-transcripts.json: every step of every scenario is a case, named by the scenario
  /// and the step's number.
  static func transcripts(_ json: JSON, _ report: inout Report) {
    let pool = FramePool(frameCount: 1)
    var stepCount = 0
    for scenario in json["scenarios"].items {
      let steps = scenario["steps"].items
      stepCount += steps.count
      guard let alice = Party(scenario["alice"], with: scenario["bob"]),
        let bob = Party(scenario["bob"], with: scenario["alice"])
      else {
        report.expect(false, scenario["name"].text ?? [])
        continue
      }
      var seconds: UInt64 = 1000
      for (number, step) in steps.enumerated() {
        var name = ByteWriter()
        name.append(scenario["name"].text ?? [])
        name.append(" ")
        name.append(decimal: UInt64(number))
        if step["op"].isText("advance_clock") {
          seconds += step["seconds"].uint ?? 0
          report.expect(step["seconds"].uint != nil, name.bytes)
          continue
        }
        let party = step["party"].isText("alice") ? alice : bob
        let outcome = party.run(step, at: Instant(milliseconds: 1000 * seconds), pool)
        report.expect(outcome.isSame(as: step), name.bytes) { outcome.isSame(as: $0) }
      }
    }
    report.finish(casesInFile: stepCount)
  }

  /// One side of a conversation.
  private final class Party {
    let session: CryptoAuth
    var users = UserTable()
    let entropy = ScriptedEntropy()

    init?(_ json: JSON, with other: JSON) {
      guard let identity = identity(json["private_key"]), let peer = other["public_key"].hex,
        peer.count == 32
      else { return nil }
      session = CryptoAuth(
        identity: identity, peer: PublicKey(copying: peer.span),
        requireAuthentication: json["require_auth"].bool == true,
        at: Instant(milliseconds: 1_000_000))
      session.setCredentials(password: json["send_password"].text, login: json["send_login"].text)
      for user in json["authorized"].items {
        let bound = user["restricted_to_ipv6"].text.flatMap { IPv6Address(text: $0.span) }
        let password = user["password"].text ?? []
        do throws(UserError) {
          try users.add(
            password: password.span, login: user["login"].text ?? [],
            address: bound)
        } catch {
          return nil
        }
      }
    }

    func run(_ step: JSON, at now: Instant, _ pool: FramePool) -> Outcome {
      var outcome = Outcome()
      if step["op"].isText("encrypt") {
        outcome = encrypt(step, at: now, pool)
      } else if step["op"].isText("decrypt") {
        outcome = decrypt(step, at: now, pool)
      } else if step["op"].isText("reset") {
        session.reset()
      } else if step["op"].isText("reset_if_timeout") {
        session.resetIfTimedOut(at: now)
      } else if step["op"].isText("force_next_nonce") {
        session.nextCounter = UInt32(
          truncatingIfNeeded: step["state"]["next_nonce"].uint ?? 0)
      } else {
        outcome.isValid = false
      }
      outcome.state = session.state
      outcome.nextCounter = session.nextCounter
      outcome.isEstablished = session.isEstablished
      outcome.isInitiator = session.isInitiator
      outcome.window = session.window
      return outcome
    }

    private func encrypt(_ step: JSON, at now: Instant, _ pool: FramePool) -> Outcome {
      var outcome = Outcome()
      guard var frame = pool.take(), let plaintext = step["plaintext"].hex else {
        outcome.isValid = false
        return outcome
      }
      entropy.script(step["random_draws"].items.map { $0.hex ?? [] })
      frame.append(plaintext.span)
      session.encrypt(&frame, at: now, entropy: entropy)
      outcome.isValid = entropy.isUsedUp
      outcome.result = 0
      outcome.wire = copy(frame.span)
      return outcome
    }

    private func decrypt(_ step: JSON, at now: Instant, _ pool: FramePool) -> Outcome {
      var outcome = Outcome()
      guard var frame = pool.take(), let wire = step["wire"].hex else {
        outcome.isValid = false
        return outcome
      }
      frame.append(wire.span)
      do throws(SessionError) {
        _ = try session.decrypt(&frame, users: users, at: now)
        outcome.result = 0
        outcome.plaintext = copy(frame.span)
      } catch {
        outcome.result = UInt64(error.rawValue)
      }
      return outcome
    }
  }

  /// What a step did.
  private struct Outcome {
    var isValid = true
    var result: UInt64?
    var wire: [UInt8]?
    var plaintext: [UInt8]?
    var state = SessionState.initial
    var nextCounter: UInt32 = 0
    var isEstablished = false
    var isInitiator = false
    var window = ReplayWindow()

    /// Compares all that `step` records. The temporary keys and the run secret show in the packets
    /// that are made with them; we know some earlier and wipe them sooner than was recorded.
    func isSame(as step: JSON) -> Bool {
      let state = step["state"]
      let replay = state["replay"]
      guard isValid, let name = state["name"].text, name.isText(self.state.name),
        state["next_nonce"].uint == UInt64(nextCounter),
        state["established"].bool == isEstablished, state["is_initiator"].bool == isInitiator,
        replay["base_offset"].uint == UInt64(window.base),
        replay["bitfield"].hexNumber == window.bits,
        replay["duplicates"].uint == UInt64(window.duplicateCount),
        replay["lost"].uint == UInt64(window.lostCount),
        replay["out_of_range"].uint == UInt64(window.outOfRangeCount)
      else { return false }
      if let result, step["result"].uint != result { return false }
      if let wire, step["wire"].hex != wire { return false }
      if let plaintext, step["plaintext"].hex != plaintext { return false }
      return true
    }
  }

  private static func identity(_ privateKey: JSON) -> Identity? {
    guard let bytes = privateKey.hex, bytes.count == 32 else { return nil }
    do throws(KeyError) {
      return try Identity(privateKey: SecretBytes(copying: bytes.span))
    } catch {
      return nil
    }
  }

  private static func copy(_ bytes: Span<UInt8>) -> [UInt8] {
    var copy: [UInt8] = []
    for i in 0..<bytes.count { copy.append(bytes[i]) }
    return copy
  }

  private static func isSame(_ bytes: Span<UInt8>, _ other: [UInt8]) -> Bool {
    copy(bytes) == other
  }
}
