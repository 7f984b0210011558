import Bytes
import Cryptography
import Node
import Peering
import Wire

@testable import Admin

/// A node with its admin interface, and a client that knows the password.
final class AdminFixture {
  static let client = LinkAddress.ipv4(127, 0, 0, 1, port: 40000)
  let pool = FramePool(frameCount: 64)
  let entropy = SeededEntropy(seed: 7)
  let password: [UInt8]
  var node: Node
  var server: AdminServer
  var outbox = Outbox(capacity: 32)
  var now = Instant(milliseconds: 1_000_000)
  var unixSeconds: UInt64 = 1_700_000_000
  /// System requests that nobody has finished.
  var waiting: [(request: SystemRequest, token: UInt32)] = []
  /// Replies not yet looked at.
  var replies: [(bytes: [UInt8], to: LinkAddress)] = []

  init(password: String = "hunter2", logsToStdout: Bool = false) {
    self.password = Array(password.utf8)
    let identity = Identity.generate(entropy)
    node = Node(identity: identity, pool: pool, entropy: entropy, at: now)
    server = AdminServer(password: self.password, logsToStdout: logsToStdout)
  }

  deinit {
    while outbox.pop() != nil {}
  }

  /// Opens a link of the node and tells the interface.
  func addLink(_ bound: LinkAddress = .ipv4(127, 0, 0, 1, port: 20001)) -> Int {
    let number = node.addLink(family: bound.family)!
    server.linkOpened(number, bound: bound)
    return number
  }

  /// Sends a datagram and returns the replies, as text with a character per byte.
  @discardableResult
  func send(_ datagram: [UInt8], from source: LinkAddress = client) -> [String] {
    server.receive(
      datagram.span, from: source, node: &node, at: now, unixSeconds: unixSeconds,
      entropy: entropy, into: &outbox)
    return take()
  }

  @discardableResult
  func send(_ text: String, from source: LinkAddress = client) -> [String] {
    send(text.unicodeScalars.map { UInt8($0.value) }, from: source)
  }

  /// Takes what the interface wants done.
  func take() -> [String] {
    var texts: [String] = []
    while let effect = server.takeEffect() {
      switch effect {
      case .reply(let bytes, let address):
        replies.append((bytes, address))
        texts.append(Self.text(bytes))
      case .system(let request, let token): waiting.append((request, token))
      }
    }
    while outbox.pop() != nil {}
    return texts
  }

  /// Finishes the oldest system request.
  func finish(_ result: SystemResult) -> [String] {
    let (_, token) = waiting.removeFirst()
    server.finish(token, result)
    return take()
  }

  /// An authenticated call; `arguments` is the bencoded dictionary.
  @discardableResult
  func call(
    _ function: String, _ arguments: String? = nil, txid: String? = nil,
    from source: LinkAddress = client
  ) -> [String] {
    send(request(function, arguments, txid: txid), from: source)
  }

  func request(
    _ function: String, _ arguments: String? = nil, txid: String? = nil,
    material: [UInt8]? = nil
  ) -> [UInt8] {
    let cookie = "\(unixSeconds)"
    var hash = Self.hexDigest(material ?? password + Array(cookie.utf8))
    var encoded: [UInt8] = []
    for _ in 0..<2 {
      var text = "d2:aq\(function.utf8.count):\(function)"
      if let arguments { text += "4:args\(arguments)" }
      text += "6:cookie\(cookie.count):\(cookie)4:hash64:\(hash)1:q4:auth"
      if let txid { text += "4:txid\(txid.unicodeScalars.count):\(txid)" }
      text += "e"
      encoded = text.unicodeScalars.map { UInt8($0.value) }
      hash = Self.hexDigest(encoded)
    }
    return encoded
  }

  static func hexDigest(_ bytes: [UInt8]) -> String {
    var digest = FixedBytes<32>()
    var result = digest.mutableSpan
    Backend.sha256(bytes.span, bytes.span.extracting(0..<0), into: &result)
    var text = ByteWriter()
    text.append(hex: digest.span)
    return Self.text(text.bytes)
  }

  static func text(_ bytes: [UInt8]) -> String {
    String(String.UnicodeScalarView(bytes.map { Unicode.Scalar($0) }))
  }
}
