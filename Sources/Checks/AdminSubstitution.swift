import Bytes
import Cryptography
import Wire

/// Puts our texts in the place of recorded ones of the same length, such as another node's key and
/// address, and signs a request that is changed by it anew.
struct AdminSubstitution {
  private var recorded: [[UInt8]]
  private var ours: [[UInt8]]

  /// Both texts of the recorded node, and the key of the one that plays its part.
  init(recorded: [UInt8], recordedAddress: [UInt8], ours key: PublicKey) {
    var keyText = ByteWriter()
    var addressText = ByteWriter()
    key.appendText(to: &keyText)
    key.address.appendText(to: &addressText)
    self.recorded = [recorded, recordedAddress]
    ours = [keyText.bytes, addressText.bytes]
  }

  /// From now on `ours` stands for `recorded`.
  mutating func add(recorded text: [UInt8], ours other: [UInt8]) {
    guard text.count == other.count, !text.isEmpty, text != other, !recorded.contains(text)
    else { return }
    recorded.append(text)
    ours.append(other)
  }

  /// `message` with our texts, which have the lengths of the recorded ones.
  func applied(to message: [UInt8]) -> [UInt8] {
    var result = message
    for i in recorded.indices {
      var start = 0
      while start + recorded[i].count <= result.count {
        let end = start + recorded[i].count
        if result[start] == recorded[i][0], Array(result[start..<end]) == recorded[i] {
          for j in 0..<recorded[i].count { result[start + j] = ours[i][j] }
        }
        start += 1
      }
    }
    return result
  }

  /// The same for a request, which gets a new hash if it has one and is changed.
  func applied(to request: [UInt8], password: [UInt8]) -> [UInt8] {
    var result = applied(to: request)
    guard result != request, let range = Self.hashRange(of: result), range.count == 64,
      let cookie = AdminReplies.cookie(request)
    else { return result }
    var material = ByteWriter()
    material.append(password)
    material.append(decimal: cookie)
    var digits = Self.digest(material.bytes)
    for i in 0..<64 { result[range.lowerBound + i] = digits[i] }
    digits = Self.digest(result)
    for i in 0..<64 { result[range.lowerBound + i] = digits[i] }
    return result
  }

  private static func hashRange(of request: [UInt8]) -> Range<Int>? {
    guard let reader = try? BencodeReader(request.span, .admin) else { return nil }
    return reader.stringRange("hash")
  }

  /// SHA-256 as 64 hex digits.
  private static func digest(_ content: [UInt8]) -> [UInt8] {
    var digest = FixedBytes<32>()
    var result = digest.mutableSpan
    Backend.sha256(content.span, content.span.extracting(0..<0), into: &result)
    var text = ByteWriter()
    text.append(hex: digest.span)
    return text.bytes
  }
}
