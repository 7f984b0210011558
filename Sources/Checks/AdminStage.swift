import Admin
import Bytes
import Cryptography
import Node
import Peering
import Wire

/// A node with its admin interface, a second node that is its peer, and the surroundings of both
/// in memory and virtual time.
final class AdminStage {
  /// Who asks.
  private static var client: LinkAddress { .ipv4(127, 0, 0, 1, port: 40000) }
  private static var nodeAddress: LinkAddress { .ipv4(127, 0, 0, 1, port: 20001) }
  private static var peerAddress: LinkAddress { .ipv4(127, 0, 0, 1, port: 20012) }
  /// The steps in which time passes, in milliseconds.
  private static var tick: UInt64 { 10 }

  private let pool = FramePool(frameCount: 128)
  private let entropy = SeededEntropy(seed: 20)
  private var node: Node
  private var peer: Node
  private var server: AdminServer
  private var outbox = Outbox(capacity: 64)
  private var peerOutbox = Outbox(capacity: 64)
  private var now = Instant(milliseconds: 10_000_000)
  /// Replies not yet taken.
  private var replies: [[UInt8]] = []
  var unixSeconds: UInt64

  /// The node gets `identity`, or one of its own, and the protocol version of the recording.
  init(password: [UInt8], unixSeconds: UInt64, identity: Identity? = nil) {
    var options = NodeOptions()
    options.version = 20
    options.peering.slotFollowsKey = false
    self.unixSeconds = unixSeconds
    node = Node(
      identity: identity ?? Identity.generate(entropy), options: options, pool: pool,
      entropy: entropy, at: now)
    peer = Node(
      identity: Identity.generate(entropy), options: options, pool: pool, entropy: entropy,
      at: now)
    server = AdminServer(password: password, logsToStdout: false)
  }

  deinit {
    while outbox.pop() != nil {}
    while peerOutbox.pop() != nil {}
  }

  var peerKey: PublicKey { peer.identity.publicKey }

  /// Opens a link for each node.
  func openLinks() {
    guard let link = node.addLink(family: .ipv4), peer.addLink(family: .ipv4) != nil else {
      return
    }
    server.linkOpened(link, bound: Self.nodeAddress)
    // As a node that had sent beacons: there is a user for them.
    node.setBeacon(link: link, mode: .accept, port: 64512, targets: [], at: now)
    node.setBeacon(link: link, mode: .off, port: 64512, targets: [], at: now)
  }

  /// Makes the second node a peer called `name`.
  func connectPeer(name: [UInt8]) {
    let password: [UInt8] = [115, 101, 99, 114, 101, 116]
    try? peer.addUser(password: password, login: nil, address: nil)
    _ = try? node.connect(
      link: 0, address: Self.peerAddress, key: peerKey, password: password, login: nil,
      name: name, version: 0, at: now, into: &outbox)
    pass(3000)
  }

  /// Lets somebody in.
  func addUser(password: [UInt8], login: [UInt8]) {
    try? node.addUser(password: password, login: login, address: nil)
  }

  /// Sends a request; its replies are taken with `takeReply`.
  func ask(_ datagram: [UInt8]) {
    server.receive(
      datagram.span, from: Self.client, node: &node, at: now, unixSeconds: unixSeconds,
      entropy: entropy, into: &outbox)
    settle()
  }

  /// The oldest reply; waits for it up to `milliseconds`.
  func takeReply(within milliseconds: UInt64 = 0) -> [UInt8]? {
    var left = milliseconds
    while replies.isEmpty, left >= Self.tick {
      pass(Self.tick)
      left -= Self.tick
    }
    return replies.isEmpty ? nil : replies.removeFirst()
  }

  /// Lets time pass.
  func pass(_ milliseconds: UInt64) {
    let end = now + milliseconds
    settle()
    while now < end {
      now = now + Self.tick
      if node.nextDeadline <= now { node.wake(at: now, into: &outbox) }
      if peer.nextDeadline <= now { peer.wake(at: now, into: &peerOutbox) }
      settle()
    }
  }

  /// Carries frames and does what was asked for until nothing is left to do.
  private func settle() {
    var isBusy = true
    while isBusy {
      isBusy = false
      while let effect = server.takeEffect() {
        isBusy = true
        switch effect {
        case .reply(let bytes, _): replies.append(bytes)
        case .system(let request, let token): server.finish(token, perform(request))
        }
      }
      while let departure = outbox.pop() {
        isBusy = true
        guard departure.destination == .link(0, Self.peerAddress), var frame = pool.take() else {
          continue
        }
        frame.append(departure.frame.span)
        peer.receive(frame, on: 0, from: Self.nodeAddress, at: now, into: &peerOutbox)
      }
      while let departure = peerOutbox.pop() {
        isBusy = true
        guard departure.destination == .link(0, Self.nodeAddress), var frame = pool.take() else {
          continue
        }
        frame.append(departure.frame.span)
        node.receive(frame, on: 0, from: Self.peerAddress, at: now, into: &outbox)
      }
      while let event = node.takeEvent() {
        isBusy = true
        server.handle(event, node: &node, at: now, unixSeconds: unixSeconds)
      }
      while peer.takeEvent() != nil { isBusy = true }
    }
  }

  /// The surroundings: a machine like the one of the recording.
  private func perform(_ request: SystemRequest) -> SystemResult {
    switch request {
    case .openUDP(let bind, _, _):
      guard let link = node.addLink(family: bind.family) else { return .failed(text("full")) }
      return .link(link, bound: bind)
    case .openEthernet(let device), .followEthernet(let device, _, _):
      guard device == text("lo"), let link = node.addLink(family: .ethernet) else {
        return .failed(
          text("ETHInterface_linux.c:256 failed to find interface index [No such device]"))
      }
      return .device(link, name: device)
    case .setBeacon(let link, let mode):
      node.setBeacon(link: link, mode: mode, port: 64512, targets: [], at: now)
      return .ok
    case .beaconDevices: return .names([])
    case .beaconAddresses: return .addresses([])
    case .listDevices(let withLoopback): return .names([text(withLoopback ? "lo" : "tun1")])
    case .openTunnel(let name):
      let busy = text("TUNInterface_linux.c:70 ioctl(TUNSETIFF) [Device or resource busy]")
      return name == text("tun0") ? .failed(busy) : .ok
    case .closeTunnel: return .failed(text("no tun currently configured"))
    case .user(let name):
      guard let name else { return .user(name: text("root"), id: 0, group: 0) }
      if name == text("nobody") { return .user(name: name, id: 65534, group: 65534) }
      return .failed(text("Success"))
    case .permissions: return .permissions(noOpenFiles: false, user: 0)
    case .processId, .memory: return .number(332384)
    case .setBeaconDevices, .setUser, .chroot, .forbidFiles, .forbidForks, .setupComplete, .exit:
      return .ok
    }
  }

  private func text(_ text: StaticString) -> [UInt8] {
    var writer = ByteWriter()
    writer.append(text)
    return writer.bytes
  }
}
