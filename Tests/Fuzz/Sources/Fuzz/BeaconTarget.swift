import Bytes
import Cryptography
import Node
import Peering
import Wire

nonisolated(unsafe) private let pool = FramePool(frameCount: 64)

/// Beacons, at the parsers and at a node that listens: each a byte that says from whom, and a
/// counted datagram, of which some are given a usable key.
func beaconTarget(_ bytes: Span<UInt8>) {
  var input = Input(bytes)
  var outbox = Outbox(capacity: 32)
  var now = Instant(milliseconds: 1000)
  var node = Node(
    identity: Cast.identities[0], pool: pool, entropy: SeededEntropy(seed: 2), at: now)
  guard let link = node.addLink(family: .ipv4) else { fatalError("there is a link") }
  node.setBeacon(link: link, mode: .accept, port: 3000, targets: [], at: now)
  var takenCount = 0
  while !input.isAtEnd {
    let from = input.byte()
    var datagram = input.counted()
    if from & 0x80 != 0, datagram.count >= UDPBeacon.byteCount {
      let key = Cast.identities[Int(from >> 5 & 3)].publicKey.bytes
      for i in 0..<32 { datagram[UDPBeacon.headerByteCount + 24 + i] = key[i] }
    }
    do throws(WireError) { _ = try Beacon(datagram.span) } catch {}
    do throws(WireError) {
      let beacon = try UDPBeacon(datagram.span)
      let port = beacon.port
      takenCount += 1
      plantedBug([
        takenCount > 2, node.peerCount > 1, beacon.beacon.version > 20, port > 3000,
        from & 0x80 == 0,
      ])
    } catch {}
    guard var frame = pool.take() else { fatalError("frames are given back") }
    frame.append(datagram.span)
    node.receiveBeacon(
      frame, on: link, from: .ipv4(192, 0, 2, from & 15, port: 64512), at: now, into: &outbox)
    now = now + UInt64(from) * 16
    node.wake(at: now, into: &outbox)
    while outbox.pop() != nil {}
    while node.takeEvent() != nil {}
  }
  expect(node.peerCount <= 4, "a node has one peer for each key")
}
