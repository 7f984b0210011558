import Bytes
import Cryptography
import Peering
import Routing
import Sessions
import Switching
import Wire

// Control frames (switch.md section 8).
extension Node {
  /// Takes a control frame, with its switch header, that came along the return path `path`.
  mutating func receiveControl(
    _ frame: consuming FrameBuffer, from slot: Int, path: Label, at now: Instant,
    into outbox: inout Outbox
  ) {
    var frame = frame
    frame.pull(SwitchHeader.byteCount + ControlFrame.handleByteCount)
    let kind: ControlFrame.Kind
    do throws(WireError) {
      kind = try ControlFrame.check(frame.span)
    } catch {
      counters.controlRefusedCount &+= 1
      return
    }
    switch kind {
    case .error:
      counters.errorReceivedCount &+= 1
      receiveError(frame.span, from: path, at: now)
    case .pong:
      if !peering.receivePong(frame.span, from: path, at: now),
        let end = pinger.answer(frame.span, .ping, from: path, at: now)
      {
        tell(.switchPing(token: end.token, end.result))
      }
    case .keyPong:
      if let end = pinger.answer(frame.span, .keyPing, from: path, at: now) {
        tell(.switchPing(token: end.token, end.result))
      }
    case .ping, .keyPing, .supernodeQuery, .returnPathQuery, .linkAddressQuery:
      let responder = ControlResponder(
        key: identity.publicKey, version: version, supernode: supernode)
      guard
        responder.answer(
          &frame, to: kind, path: path, linkAddress: peering.linkAddress(slot: slot))
      else {
        counters.controlRefusedCount &+= 1
        return
      }
      guard slot == Switch.routerSlot || gates.admitAnswer(to: slot, at: now) else {
        counters.controlLimitedCount &+= 1
        return
      }
      counters.controlAnsweredCount &+= 1
      // The handle in front of it is still there.
      frame.push(ControlFrame.handleByteCount)
      send(frame, along: path, at: now, into: &outbox)
    case .supernodeReply, .returnPathReply, .linkAddressReply:
      // Nobody here asks for these.
      counters.controlRefusedCount &+= 1
    }
  }

  // MARK: Errors

  private static var errorQuoteOffset: Int { 8 }

  /// Takes an error packet that our own switch has made of one of ours.
  mutating func receiveOwnError(_ packet: consuming FrameBuffer, at now: Instant) {
    var packet = packet
    packet.pull(SwitchHeader.byteCount + ControlFrame.handleByteCount)
    receiveError(packet.span, from: .here, at: now)
  }

  /// Takes the error `frame` (from the checksum on) of a switch at the end of `path`. It can be
  /// forged by anybody: it is a hint, and causes nothing but a look.
  private mutating func receiveError(_ frame: Span<UInt8>, from path: Label, at now: Instant) {
    guard frame.count >= ControlFrame.errorByteCountMin || path == .here,
      frame.count >= Self.errorQuoteOffset + SwitchHeader.byteCount
    else { return }
    let number = frame.load32(bigEndianAt: 4)
    let quote = frame.extracting(Self.errorQuoteOffset..<frame.count)
    if let end = pinger.fail(quote, type: number, from: path, at: now) {
      tell(.switchPing(token: end.token, end.result))
      return
    }
    guard let type = ControlFrame.ErrorType(rawValue: number) else { return }
    // What is wrong with a handshake packet (mostly that it came twice, or late) says nothing about
    // the keys in use.
    if type == .authentication, quote.count >= 16,
      quote.load32(bigEndianAt: SwitchHeader.byteCount) < EndToEndSession.handleMin
    {
      return
    }
    // An error goes back along all of the failed packet's label, reversed: its path is the whole
    // one. What the packet had used of it leads to the switch that complains.
    let failed = path == .here ? Label(quote.load64(bigEndianAt: 0)) : path
    let place = path == .here ? path : path.prefix(bitCount: Int(quote[9] & 63))
    for number in 0..<sessions.capacity {
      #if !APPLIANCE
        if router.limits.habits.contains(.sessions) { break }
      #endif
      guard let session = sessions[number], session.paths.contains(failed.bits) else { continue }
      if path == .here {
        session.paths.remove(failed.bits, at: now)
      } else {
        session.supervision.hint(keysAreLost: type == .authentication, at: now)
        sessions.expect(session)
      }
    }
    router.receiveError(type, from: place, failed: failed, at: now)
  }
}
