import Bytes
import Cryptography
import Switching
import Testing

@testable import Routing

@Suite struct MessageTests {
  private let entropy = SeededEntropy(seed: 3)

  private func random(_ count: Int) -> [UInt8] {
    (0..<count).map { _ in UInt8(truncatingIfNeeded: entropy.next()) }
  }

  private func randomMessage() -> RouterMessage {
    let kinds: [RouterMessage.Kind?] = [nil, .ping, .peers, .find, .nextHop]
    let schemes = [EncodingScheme.v358, .v48, .fixed4, .fixed8]
    let scheme = schemes[Int(entropy.random(below: 4))]
    let message = RouterMessage(
      query: kinds[Int(entropy.random(below: 5))],
      transaction: random(Int(entropy.random(below: 20))),
      version: 20 + UInt32(entropy.random(below: 500)), scheme: scheme,
      form: Int(entropy.random(below: UInt64(scheme.forms.count))))
    if message.query != nil { message.target = random(Int(entropy.random(below: 20))) }
    for _ in 0..<entropy.random(below: 9) {
      message.nodes.append(
        ListedNode(
          key: PublicKey(copying: random(32).span), label: Label(entropy.next()),
          version: UInt32(entropy.random(below: 70_000))))
    }
    message.doNotDisturb = entropy.random(below: 4) == 0
    return message
  }

  @Test func `what is written is read as it was`() throws {
    for _ in 0..<500 {
      let message = randomMessage()
      let bytes = message.encoded
      let read = try RouterMessage(bytes.span)
      #expect(bytes.count % 4 == 0)
      #expect(read.query == message.query && read.transaction == message.transaction)
      #expect(read.version == message.version && read.form == message.form)
      #expect(read.scheme == message.scheme && read.target == message.target)
      #expect(read.nodes == message.nodes && read.doNotDisturb == message.doNotDisturb)
    }
  }

  @Test func `no bytes trap the reader`() {
    for _ in 0..<3000 {
      var bytes = randomMessage().encoded
      for _ in 0...entropy.random(below: 4) {
        let position = Int(entropy.random(below: UInt64(bytes.count)))
        switch entropy.random(below: 3) {
        case 0: bytes[position] = UInt8(truncatingIfNeeded: entropy.next())
        case 1: bytes.remove(at: position)
        default: bytes.insert(UInt8(ascii: "9"), at: position)
        }
        if bytes.isEmpty { break }
      }
      _ = try? RouterMessage(bytes.span)
    }
  }

  @Test func `what may not be answered is refused`() {
    let cases: [(String, RouterMessageError?)] = [
      ("d2:eii0e1:pi21e1:q2:pn4:txid1:0e", nil),
      ("d2:eii0e1:pi19e1:q2:pn4:txid1:0e", .incompatible),
      ("d2:eii0e1:q2:pn4:txid1:0e", .incompatible),
      ("d1:pi21e1:q2:pn4:txid1:0e", .badScheme),
      ("d2:eii3e1:pi21e1:q2:pn4:txid1:0e", .badScheme),
      ("d2:eii-1e1:pi21e1:q2:pn4:txid1:0e", .badScheme),
      ("d2:eii0e2:es1:x1:pi21e1:q2:pn4:txid1:0e", .badScheme),
      ("d2:eii0e1:pi21e1:q2:pne", .noTransaction),
      ("d2:eii0e1:pi21e1:q2:pn4:txidi1ee", .noTransaction),
      ("le", .malformed), ("", .malformed),
    ]
    for (text, expected) in cases {
      let bytes = Array(text.utf8)
      var error: RouterMessageError?
      do throws(RouterMessageError) {
        _ = try RouterMessage(bytes.span)
      } catch let thrown { error = thrown }
      #expect(error == expected, "\(text)")
    }
  }

  @Test func `nodes without versions for each are none`() {
    var message = randomMessage()
    while message.nodes.count < 2 { message = randomMessage() }
    let packed = ListedNode.packed(message.nodes)
    let versions = ListedNode.packedVersions(message.nodes)
    func isRead(_ nodes: [UInt8], _ versions: [UInt8]) -> Bool {
      ListedNode.unpacked(nodes.span, versions: versions.span) != nil
    }
    #expect(isRead(packed, versions))
    #expect(!isRead(packed.dropLast(), versions))
    #expect(!isRead(packed, versions.dropLast()))
    #expect(!isRead(packed, []))
  }
}
