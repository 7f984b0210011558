import Bytes
import Cryptography
import Routing
import Switching

/// A router that was led to know certain nodes, by a script that plays all the others.
final class RouterStage {
  private var router: Router
  private var now = Instant(milliseconds: 1000)
  private let entropy = SeededEntropy(seed: 1)
  /// What nodes answer when they are asked for their peers.
  private var listings: [(key: PublicKey, nodes: [ListedNode])] = []
  private var asker: Route?

  /// Node 1 of `routing-messages.json`, with links 0-1, 1-2, 2-3, 3-4, 1-5, 2-5.
  init?(nodes: JSON) {
    guard let secret = nodes[1]["priv"].hex, secret.count == 32 else { return nil }
    let identity: Identity
    do throws(KeyError) {
      identity = try Identity(privateKey: SecretBytes(copying: secret.span))
    } catch { return nil }
    router = Router(
      identity: identity, address: identity.publicKey.address, version: 21, at: now,
      entropy: entropy)
    var keys: [PublicKey] = []
    for node in nodes.items {
      guard let bytes = node["pub"].hex, bytes.count == 32 else { return nil }
      keys.append(PublicKey(copying: bytes.span))
    }
    guard keys.count == 6 else { return nil }
    listings = [
      (keys[2], [ListedNode(key: keys[3], label: Label(0x13), version: 21)]),
      (keys[3], [ListedNode(key: keys[4], label: Label(0x13), version: 21)]),
    ]
    for (key, label) in [(keys[0], 0x17), (keys[2], 0x13), (keys[5], 0x15)] as [(PublicKey, UInt64)]
    {
      up(Route(key: key, address: key.address, version: 21, label: Label(label)))
    }
    play()
    guard router.nodeCount == 5 else { return nil }
  }

  /// A node of that address with the nodes of `table`, those of one hop its peers. Their keys are
  /// not recorded: the address stands in for one.
  init?(address: IPv6Address, table: JSON) {
    router = Router(
      identity: Identity.generate(entropy), address: address, version: 21, at: now,
      entropy: entropy)
    var others: [Route] = []
    for node in table.items {
      guard let bytes = node["ip"].hex, bytes.count == 16, let label = node["path"].hexNumber,
        let version = node["version"].uint
      else { return nil }
      let nodeAddress = IPv6Address(copying: bytes.span)
      guard nodeAddress != address else { continue }
      let route = Route(
        key: Self.key(for: nodeAddress), address: nodeAddress,
        version: UInt32(truncatingIfNeeded: version), label: Label(label))
      if EncodingScheme.v358.isOneHop(route.label) { up(route) } else { others.append(route) }
      if label == 0x13 { asker = route }
    }
    // Others make themselves known by a query, and are asked back.
    for route in others {
      let hello = RouterMessage(
        query: .ping, transaction: [48], version: route.version, scheme: .v358, form: 0)
      router.receive(
        hello.encoded.span, from: route.key, address: route.address, path: route.label, at: now,
        entropy: entropy)
    }
    play()
    guard asker != nil, router.nodeCount == table.items.count - 1 else { return nil }
  }

  private func up(_ peer: Route) { router.peerUp(peer, latency: nil, at: now) }

  /// Lets time pass, and answers what the router asks, until it knows all.
  private func play() {
    for _ in 0..<60 {
      now = now + 500
      router.wake(at: now, entropy: entropy)
      while let effect = router.takeEffect() {
        guard case .send(let bytes, let route, _) = effect, let query = Self.read(bytes),
          query.query != nil
        else { continue }
        let answer = RouterMessage(
          query: nil, transaction: query.transaction, version: route.version, scheme: .v358,
          form: 0)
        if query.query == .peers {
          answer.nodes = listings.first { $0.key == route.key }?.nodes ?? []
        }
        router.receive(
          answer.encoded.span, from: route.key, address: route.address, path: route.label,
          at: now, entropy: entropy)
      }
    }
  }

  private static func read(_ bytes: [UInt8]) -> RouterMessage? {
    do throws(RouterMessageError) {
      return try RouterMessage(bytes.span)
    } catch { return nil }
  }

  /// What the router answers to `query`; nil if nothing.
  func answer(
    _ query: [UInt8], from key: PublicKey, _ address: IPv6Address, path: Label
  ) -> RouterMessage? {
    while router.takeEffect() != nil {}
    router.receive(
      query.span, from: key, address: address, path: path, at: now, entropy: entropy)
    var answer: RouterMessage?
    while let effect = router.takeEffect() {
      guard case .send(let bytes, let route, _) = effect, route.key == key, route.label == path,
        let message = Self.read(bytes), message.query == nil
      else { continue }
      answer = message
    }
    return answer
  }

  /// The nodes that the router lists when its peer at 0x13 asks.
  func ask(_ kind: RouterMessage.Kind, _ target: [UInt8]) -> [ListedNode] {
    guard let asker else { return [] }
    let query = RouterMessage(
      query: kind, transaction: [48, 1], version: 22, scheme: .v358, form: 0)
    query.target = target
    return answer(query.encoded, from: asker.key, asker.address, path: asker.label)?.nodes ?? []
  }

  private static func key(for address: IPv6Address) -> PublicKey {
    var bytes = FixedBytes<32>()
    for i in 0..<16 { bytes[i] = address.bytes[i] }
    return PublicKey(bytes)
  }

  /// The address of a node that `ask` listed; for `init(address:table:)`.
  func address(of node: ListedNode) -> IPv6Address {
    node.label == .here
      ? router.address : IPv6Address(copying: node.key.bytes.span.extracting(0..<16))
  }
}
