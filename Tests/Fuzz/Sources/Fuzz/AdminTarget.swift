import Admin
import Bytes
import Cryptography
import Node
import Wire

nonisolated(unsafe) private let pool = FramePool(frameCount: 64)

/// The control interface of a node. An input is lines, each a datagram but those that begin with
/// `!`, which say what happens meanwhile: `!w` time passes, and a character how much of it;
/// `!s` what waits for the system is done, and a character how it went.
func adminTarget(_ bytes: Span<UInt8>) {
  let client = LinkAddress.ipv4(127, 0, 0, 1, port: 40000)
  let entropy = SeededEntropy(seed: 4)
  var now = Instant(milliseconds: 1_000_000)
  let unixSeconds: UInt64 = 1_700_000_000
  var outbox = Outbox(capacity: 64)
  var node = Node(identity: Cast.identities[0], pool: pool, entropy: entropy, at: now)
  // One that lets everybody do everything, and one that does not.
  var open = AdminServer(password: Array("NONE".utf8), logsToStdout: false)
  var closed = AdminServer(password: Cast.password, logsToStdout: true)
  guard let link = node.addLink(family: .ipv4) else { fatalError("there is a link") }
  open.linkOpened(link, bound: .ipv4(127, 0, 0, 1, port: 20001))
  var waiting: [UInt32] = []
  var replyCount = 0
  var lineCount = 0
  for line in lines(bytes) where lineCount < 64 {
    lineCount += 1
    if line.count >= 2, line[0] == UInt8(ascii: "!") {
      let how = line.count > 2 ? line[2] : 0
      if line[1] == UInt8(ascii: "w") {
        now = now + UInt64(how) * 50
        node.wake(at: now, into: &outbox)
      } else if line[1] == UInt8(ascii: "s") {
        for token in waiting { open.finish(token, result(how)) }
        waiting = []
      }
    } else {
      open.receive(
        line.span, from: client, node: &node, at: now, unixSeconds: unixSeconds,
        entropy: entropy, into: &outbox)
      closed.receive(
        line.span, from: client, node: &node, at: now, unixSeconds: unixSeconds,
        entropy: entropy, into: &outbox)
    }
    while let event = node.takeEvent() {
      open.handle(event, node: &node, at: now, unixSeconds: unixSeconds)
    }
    while let effect = open.takeEffect() {
      switch effect {
      case .reply(let reply, _):
        expect((try? BencodeReader(reply.span, .admin)) != nil, "a reply is bencode")
        replyCount += 1
      case .system(_, let token): waiting.append(token)
      }
    }
    while closed.takeEffect() != nil {}
    while outbox.pop() != nil {}
    plantedBug([
      node.userCount > 0, replyCount > 2, waiting.count > 0, lineCount > 5,
    ])
  }
  expect(node.userCount <= 65, "users are bounded")
}

private func lines(_ bytes: Span<UInt8>) -> [[UInt8]] {
  [UInt8](copying: bytes).split(separator: UInt8(ascii: "\n")).map(Array.init)
}

private func result(_ how: UInt8) -> SystemResult {
  switch how & 7 {
  case 0: .ok
  case 1: .failed(Array("it could not be done".utf8))
  case 2: .link(1, bound: .ipv4(127, 0, 0, 1, port: 20002))
  case 3: .names([Array("eth0".utf8), Array("wlan0".utf8)])
  case 4: .addresses([.ipv4(192, 0, 2, 255, port: 64512)])
  case 5: .number(UInt64(how))
  case 6: .user(name: Array("nobody".utf8), id: 65534, group: 65534)
  default: .permissions(noOpenFiles: true, user: 0)
  }
}
