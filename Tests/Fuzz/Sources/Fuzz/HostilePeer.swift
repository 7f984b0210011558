import Bytes
import Cryptography
import Sessions
import Wire

/// A neighbour with a valid password that says whatever it is told to, and answers just as much as
/// it takes to be listened to: handshakes and pings.
final class HostilePeer {
  /// The label of what it says to the node's router: that, and by its own switch from its router.
  static let toRouter: UInt64 = 1 << 63 | 1

  let identity = Cast.identities[2]
  private let link: Session
  private let inner: EndToEndSession
  private let entropy = SeededEntropy(seed: 5)
  private let pool: FramePool
  private let noUsers = UserTable(capacity: 0)
  private var owesAnswer = false
  private var owesInnerAnswer = false

  /// A neighbour of `node`; takes its frames from `pool`, one at a time.
  init(of node: Identity, pool: FramePool, at now: Instant) {
    self.pool = pool
    let key = node.publicKey
    link = Session(identity: identity, peer: key, requireAuthentication: false, at: now)
    link.setCredentials(password: Cast.password, login: nil)
    inner = EndToEndSession(
      identity: identity, key: key, address: key.address, receiveHandle: 0x1234_5678,
      byStranger: false, at: now)
  }

  /// The frame that carries `packet`, which should begin with a switch header.
  func say(_ packet: [UInt8], at now: Instant) -> [UInt8] {
    guard var frame = pool.take() else { fatalError("frames are given back") }
    frame.append(packet.span)
    return send(&frame, at: now)
  }

  /// The frame that carries a control frame along `label`, with a right checksum.
  func sayControl(_ content: [UInt8], label: UInt64, at now: Instant) -> [UInt8] {
    guard var frame = pool.take() else { fatalError("frames are given back") }
    frame.append([0xff, 0xff, 0xff, 0xff, 0, 0].span)
    frame.append(content.span)
    ControlFrame.sealBehindHandle(&frame) { _ in }
    SwitchHeader(label: label).push(onto: &frame)
    return send(&frame, at: now)
  }

  /// The frame that carries `content` within the end-to-end session, along `label`.
  func sayInside(
    _ content: [UInt8], type: UInt16, label: UInt64, at now: Instant
  ) -> [UInt8] {
    guard var frame = pool.take() else { fatalError("frames are given back") }
    frame.append(content.span)
    DataHeader(contentType: type).push(onto: &frame)
    inner.seal(&frame, owesInnerAnswer ? .answer : .current, at: now, entropy: entropy)
    owesInnerAnswer = false
    SwitchHeader(label: label).push(onto: &frame)
    return send(&frame, at: now)
  }

  private func send(_ frame: inout FrameBuffer, at now: Instant) -> [UInt8] {
    if owesAnswer {
      link.answer(&frame, at: now, entropy: entropy)
    } else {
      link.encrypt(&frame, at: now, entropy: entropy)
    }
    owesAnswer = false
    return [UInt8](copying: frame.span)
  }

  /// Hears `packet` and returns the frame that answers it, if it has to be.
  func hear(_ packet: [UInt8], at now: Instant) -> [UInt8]? {
    guard var frame = pool.take() else { fatalError("frames are given back") }
    frame.append(packet.span)
    do throws(SessionError) {
      if try link.decrypt(&frame, users: noUsers, at: now) == .hello { owesAnswer = true }
    } catch {
      return nil
    }
    guard frame.count >= SwitchHeader.byteCount + 4 else { return nil }
    let word = frame.span.load32(bigEndianAt: SwitchHeader.byteCount)
    frame.pull(SwitchHeader.byteCount)
    if word == ControlFrame.handle { return pong(&frame, at: now) }
    if word == inner.receiveHandle { frame.pull(EndToEndSession.handleByteCount) }
    do throws(SessionError) {
      if try inner.open(&frame, users: noUsers, at: now) == .hello { owesInnerAnswer = true }
    } catch {}
    return nil
  }

  private func pong(_ frame: inout FrameBuffer, at now: Instant) -> [UInt8]? {
    do throws(WireError) {
      let content = frame.span.extracting(ControlFrame.handleByteCount..<frame.count)
      guard try ControlFrame.check(content) == .ping else { return nil }
    } catch {
      return nil
    }
    ControlFrame.sealBehindHandle(&frame) { bytes in
      ControlFrame.beginAnswer(&bytes, kind: .pong, version: 21)
    }
    SwitchHeader(label: Self.toRouter).push(onto: &frame)
    return send(&frame, at: now)
  }
}
