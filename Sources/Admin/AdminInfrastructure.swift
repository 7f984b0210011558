import Bytes
import Cryptography
import Node
import Switching
import Wire

// What is about the interface and the node as a whole (admin.md 8.1, 8.2).
extension AdminServer {
  static var functionsPerPage: Int { 8 }

  mutating func ping(_ call: AdminCall) {
    let reply = AdminReply(call, "q")
    // A client takes a bare ping for answered if the reply ends in `1:q4:ponge`.
    reply.put("pong")
    send(reply)
  }

  mutating func asyncEnabled(_ call: AdminCall) {
    let reply = AdminReply(call, "asyncEnabled")
    reply.put(isListening(call.source, at: call.now))
    send(reply)
  }

  @inline(never)
  mutating func listSettings(_ call: AdminCall) {
    let reply = AdminReply(call, "settings")
    reply.beginList()
    for line in settings { reply.put(line) }
    reply.end()
    send(reply)
  }

  mutating func listFunctions(_ page: Int, _ call: AdminCall) {
    let reply = AdminReply(call, "availableFunctions more")
    let text = AdminSignature.text
    reply.beginDictionary("")
    var count = 0
    var signature = nextFunction(behind: 0..<0, page)
    while let next = signature {
      reply.put(text.extracting(next.name))
      reply.beginDictionary("")
      next.forEachArgument { argument in
        reply.put(text.extracting(argument.name))
        reply.beginDictionary("required type")
        reply.put(argument.isRequired)
        reply.put(argument.typeName)
        reply.end()
      }
      reply.end()
      count += 1
      signature = nextFunction(behind: next.name, page)
    }
    reply.end()
    if count == Self.functionsPerPage { reply.put(1) } else { reply.skip() }
    send(reply)
  }

  /// The function of the page whose name follows `previous`: keys of a dictionary are written in
  /// order.
  private func nextFunction(behind previous: Range<Int>, _ page: Int) -> AdminSignature? {
    guard page >= 0 else { return nil }
    var index = -page * Self.functionsPerPage
    var first: AdminSignature?
    forEachFunction { signature in
      if index >= 0, Self.precedes(previous, signature.name),
        first.map({ Self.precedes(signature.name, $0.name) }) ?? true
      {
        first = signature
      }
      index += 1
      return index < Self.functionsPerPage
    }
    return first
  }

  private static func precedes(_ a: Range<Int>, _ b: Range<Int>) -> Bool {
    let text = AdminSignature.text
    for i in 0..<min(a.count, b.count) {
      let left = text[a.lowerBound + i]
      let right = text[b.lowerBound + i]
      if left != right { return left < right }
    }
    return a.count < b.count
  }

  mutating func nodeInfo(_ call: AdminCall, node: borrowing Node) {
    let scheme = EncodingScheme.v358
    var hex = ByteWriter()
    hex.append(hex: scheme.serialized.span)
    let reply = AdminReply(call, "compressedSchemeHex encodingScheme error myAddr myIp6 version")
    reply.put(hex.bytes)
    reply.put(scheme)
    reply.put("none")
    reply.put(node.version, .here, node.identity.publicKey)
    reply.put(node.address)
    reply.put(node.version)
    send(reply)
  }
}
