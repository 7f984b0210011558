import Bytes
import Cryptography

/// Known answers of the cryptography that is linked, and its two directions against each other.
enum PrimitiveChecks {
  static func run(_ report: inout Report) {
    x25519(&report)
    secretbox(&report)
    hashes(&report)
    keys(&report)
  }

  private static func x25519(_ report: inout Report) {
    let answer = multiply(
      "a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4",
      "e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c")
    report.expect(
      answer
        == ("c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552" as StaticString)
        .hexBytes, "X25519 of RFC 7748, first vector")
    let second = multiply(
      "4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba0d",
      "e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a493")
    report.expect(
      second
        == ("95cbde9476e8907d7aade45cb4b873f88b595a68799fa152e6f8f7647aac7957" as StaticString)
        .hexBytes, "X25519 of RFC 7748, second vector")
    report.expect(
      multiply(
        "4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba0d",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f") == nil,
      "X25519 refuses a point of low order")
    let entropy = SeededEntropy(seed: 20)
    var ok = true
    for _ in 0..<8 {
      let ours = entropy.bytes(32)
      let theirs = entropy.bytes(32)
      let shared = multiply(ours, base(theirs))
      ok = ok && shared != nil && shared == multiply(theirs, base(ours))
    }
    report.expect(ok, "two parties agree on a key")
  }

  private static func multiply(_ scalar: StaticString, _ point: StaticString) -> [UInt8]? {
    multiply(scalar.hexBytes, point.hexBytes)
  }

  private static func multiply(_ scalar: [UInt8], _ point: [UInt8]) -> [UInt8]? {
    var result = [UInt8](repeating: 0, count: 32)
    var span = result.mutableSpan
    return Backend.x25519(scalar.span, point.span, into: &span) ? result : nil
  }

  private static func base(_ scalar: [UInt8]) -> [UInt8] {
    var result = [UInt8](repeating: 0, count: 32)
    var span = result.mutableSpan
    Backend.x25519Base(scalar.span, into: &span)
    return result
  }

  private static func secretbox(_ report: inout Report) {
    let shared =
      ("4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742" as StaticString)
      .hexBytes
    let key =
      ("1b27556473e985d462cd51197a9a46c76009549eac6474f206c4ee0844f68389" as StaticString)
      .hexBytes
    let nonce = ("69696ee955b62b73cd62bda875fc73d68219e0036b7a0b37" as StaticString).hexBytes
    let message =
      ("""
    be075fc53c81f2d5cf141316ebeb0c7b5228c52a4c62cbd44b66849b64244ffc\
    e5ecbaaf33bd751a1ac728d45e6c61296cdc3c01233561f41db66cce314adb31\
    0e3be8250c46f06dceea3a7fa1348057e2f6556ad6b1318a024a838f21af1fde\
    048977eb48f59ffd4924ca1c60902e52f0a089bc76897040e082f937763848645e0705
    """ as StaticString).hexBytes
    let sealed =
      ("""
    f3ffc7703f9400e52a7dfb4b3d3305d98e993b9f48681273c29650ba32fc76ce\
    48332ea7164d96a4476fb8c531a1186ac0dfc17c98dce87b4da7f011ec48c972\
    71d2c20f9b928fe2270d6fb863d51738b48eeee314a7cc8ab932164548e526ae\
    90224368517acfeabd6bb3732bc0e9da99832b61ca01b6de56244a9e88d5f9b3\
    7973f622a43d14a6599b1f654cb45a74e355a5
    """ as StaticString).hexBytes
    let zeros = [UInt8](repeating: 0, count: 16)
    var derived = [UInt8](repeating: 0, count: 32)
    var span = derived.mutableSpan
    Backend.hsalsa20(key: shared.span, input: zeros.span, into: &span)
    report.expect(derived == key, "HSalsa20 of NaCl")
    report.expect(message.count == 131 && seal(message, nonce, key) == sealed, "NaCl's box, sealed")
    report.expect(open(sealed, nonce, key) == message, "NaCl's box, opened")
    let entropy = SeededEntropy(seed: 21)
    var opens = true
    var refuses = true
    for _ in 0..<200 {
      let content = entropy.bytes(entropy.number(below: 300))
      let key = entropy.bytes(32)
      let nonce = entropy.bytes(24)
      var box = seal(content, nonce, key)
      opens = opens && open(box, nonce, key) == content
      box[entropy.number(below: box.count)] ^= 1 << UInt8(entropy.number(below: 8))
      refuses = refuses && open(box, nonce, key) == nil
    }
    report.expect(opens, "what is sealed can be opened")
    report.expect(refuses, "what was changed cannot be opened")
  }

  private static func seal(_ message: [UInt8], _ nonce: [UInt8], _ key: [UInt8]) -> [UInt8] {
    var buffer = [UInt8](repeating: 0, count: 16) + message
    var span = buffer.mutableSpan
    Backend.secretboxSeal(&span, nonce: nonce.span, key: key.span)
    return buffer
  }

  private static func open(_ sealed: [UInt8], _ nonce: [UInt8], _ key: [UInt8]) -> [UInt8]? {
    var buffer = sealed
    var span = buffer.mutableSpan
    guard Backend.secretboxOpen(&span, nonce: nonce.span, key: key.span) else { return nil }
    return Array(buffer[16...])
  }

  private static func hashes(_ report: inout Report) {
    let abc: [UInt8] = [0x61, 0x62, 0x63]
    var short = [UInt8](repeating: 0, count: 32)
    var long = [UInt8](repeating: 0, count: 64)
    do {
      var span = short.mutableSpan
      Backend.sha256(abc.span.extracting(0..<1), abc.span.extracting(1..<3), into: &span)
      var wide = long.mutableSpan
      Backend.sha512(abc.span, into: &wide)
    }
    report.expect(
      short
        == ("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" as StaticString)
        .hexBytes, "SHA-256 of abc")
    report.expect(
      long
        == ("""
      ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a\
      2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f
      """ as StaticString).hexBytes, "SHA-512 of abc")
  }

  private static func keys(_ report: inout Report) {
    let identity = Identity.generate(SeededEntropy(seed: 22))
    var text = ByteWriter()
    identity.publicKey.appendText(to: &text)
    let written = text.bytes
    var ok = identity.publicKey.address.isNode && written.count == PublicKey.characterCount
    do throws(KeyError) {
      ok = try PublicKey(text: written.span) == identity.publicKey && ok
    } catch {
      ok = false
    }
    report.expect(ok, "a new key has an address of the network, and its text is read again")
  }
}
