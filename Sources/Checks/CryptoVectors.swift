import Bytes
import Cryptography

/// Keys, their text and their addresses, with the backend that is linked.
enum CryptoVectors {
  /// crypto-address.json
  static func addresses(_ json: JSON, _ report: inout Report) {
    let keys = json["keys"].items
    for (number, entry) in keys.enumerated() {
      var ok = keyMatches(entry)
      if let key = publicKey(entry), let once = entry["sha512_once"].hex {
        ok = ok && sha512(key.bytes.span) == once && sha512(once.span) == entry["sha512_twice"].hex
        var text = ByteWriter()
        key.address.appendText(to: &text)
        ok = ok && text.bytes == entry["ipv6_text"].text
        ok = ok && Array(copying: key.address.bytes.span) == entry["ipv6"].hex
        ok = ok && key.isUsable == entry["valid"].bool
        ok = ok && IPv6Address(text: text.bytes.span) == key.address
      } else {
        ok = false
      }
      report.expect(ok, "key", number)
    }
    let rejected = json["rejected_keys"].items
    for (number, entry) in rejected.enumerated() {
      var ok = keyMatches(entry)
      if let key = publicKey(entry) {
        ok = ok && !key.isUsable
        ok = ok && Array(copying: key.address.bytes.span) == entry["first_16_of_hash"].hex
      }
      report.expect(ok, "rejected key", number)
    }
    report.finish(casesInFile: keys.count + rejected.count)
  }

  private static func publicKey(_ entry: JSON) -> PublicKey? {
    guard let bytes = entry["public_key"].hex, bytes.count == PublicKey.byteCount else {
      return nil
    }
    return PublicKey(copying: bytes.span)
  }

  /// The public key of the private one, its text, and the text read again.
  private static func keyMatches(_ entry: JSON) -> Bool {
    guard let expected = publicKey(entry), let text = entry["public_key_base32"].text,
      let secret = entry["private_key"].hex, secret.count == 32
    else { return false }
    var written = ByteWriter()
    expected.appendText(to: &written)
    guard written.bytes == text else { return false }
    do throws(KeyError) {
      guard try PublicKey(text: text.span) == expected else { return false }
    } catch {
      return false
    }
    return KeyAgreement.publicKey(of: SecretBytes(copying: secret.span)) == expected
  }

  private static func sha512(_ bytes: Span<UInt8>) -> [UInt8] {
    var digest = [UInt8](repeating: 0, count: 64)
    var span = digest.mutableSpan
    Backend.sha512(bytes, into: &span)
    return digest
  }

  /// crypto-base32.json
  static func base32(_ json: JSON, _ report: inout Report) {
    let encodings = json["encode"].items
    for (number, entry) in encodings.enumerated() {
      var ok = false
      if let bytes = entry["bytes"].hex, let text = entry["text"].text {
        let ours = Base32.encode(bytes.span)
        ok =
          ours == text && Int64(ours.count) == entry["length"].int
          && Base32.characterCount(byteCount: bytes.count) == text.count
          && Base32.decode(text.span) == bytes
      }
      report.expect(ok, "encode", number)
    }
    let decodings = json["decode"].items
    for (number, entry) in decodings.enumerated() {
      var ok = false
      if let text = entry["text"].text, let result = entry["result"].int {
        let ours = Base32.decode(text.span)
        ok = result < 0 ? ours == nil : ours == entry["bytes"].hex && Int64(ours!.count) == result
      }
      report.expect(ok, "decode", number)
    }
    report.finish(casesInFile: encodings.count + decodings.count)
  }
}
