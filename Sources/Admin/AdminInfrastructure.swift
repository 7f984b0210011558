import Bytes
import Cryptography
import Node
import Switching
import Wire

// What is about the interface and the node as a whole (admin.md 8.1, 8.2).
extension AdminServer {
  static var functionsPerPage: Int { 8 }

  mutating func runInfrastructure(
    _ function: AdminFunction, _ request: AdminRequest, _ call: AdminCall
  ) {
    var reply = AdminReply(txid: call.txid)
    switch function {
    case .ping:
      // A client takes a bare ping for answered if the reply ends in `1:q4:ponge`.
      reply.append("q", "pong")
    case .adminAsyncEnabled:
      reply.append("asyncEnabled", isListening(call.source, at: call.now) ? 1 : 0)
    default: listFunctions(request.page, into: &reply)
    }
    send(&reply, to: call.source)
  }

  private func listFunctions(_ page: Int, into reply: inout AdminReply) {
    let first = page * Self.functionsPerPage
    let text = AdminSignature.text
    var names: [AdminSignature] = []
    var index = 0
    forEachFunction { signature in
      if page >= 0, index >= first { names.append(signature) }
      index += 1
      return names.count < Self.functionsPerPage
    }
    // Keys of a dictionary are written in order.
    names.sort { Self.precedes($0.name, $1.name, in: text) }
    var body = reply.body
    body.append("availableFunctions")
    body.beginDictionary()
    for signature in names {
      body.append(text.extracting(signature.name))
      body.beginDictionary()
      signature.forEachArgument { argument in
        body.append(text.extracting(argument.name))
        body.beginDictionary()
        body.append("required", argument.isRequired ? 1 : 0)
        body.append("type", argument.typeName)
        body.end()
      }
      body.end()
    }
    body.end()
    reply.body = body
    if names.count == Self.functionsPerPage { reply.append("more", 1) }
  }

  private static func precedes(_ a: Range<Int>, _ b: Range<Int>, in text: Span<UInt8>) -> Bool {
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
    let address = NodeAddress(
      version: node.version, label: .here, key: node.identity.publicKey)
    var reply = AdminReply(txid: call.txid)
    reply.append("compressedSchemeHex", hex.bytes)
    reply.key("encodingScheme")
    reply.body.append(scheme)
    reply.append("error", "none")
    reply.append("myAddr", address.text)
    reply.body.append("myIp6", node.address)
    reply.append("version", Int64(node.version))
    send(&reply, to: call.source)
  }
}
