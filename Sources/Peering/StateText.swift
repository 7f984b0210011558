import Bytes
import Cryptography
import Wire

/// What a node remembers over a restart, as text: who had come in, by link, address and key, and to
/// whom slots belong. No password: who dialled us says its own when it answers (links.md section
/// 14).
///
/// ```
/// cjdns-swift state 1
/// peer 0 192.0.2.7:1234 <public key>.k
/// peer 1 [fe80::1]:1234 <public key>.k 3
/// slot 2 <the first four bytes of a public key, as a decimal number>
/// end <16 hex digits: the first 8 bytes of the SHA-256 of all before this line>
/// ```
/// The last number of a peer is the scope of its address, if it has one. Other lines, and further
/// words, are for later versions.
public enum StateText {
  /// No text is longer.
  public static var byteCountMax: Int { 65_536 }
  private static var title: StaticString { "cjdns-swift state 1\n" }
  private static var peer: StaticString { "peer " }
  private static var slot: StaticString { "slot " }
  private static var end: StaticString { "end " }

  public static func make(_ memory: PeeringMemory) -> [UInt8] {
    var text = ByteWriter(limit: byteCountMax)
    text.append(title)
    for peer in memory.peers {
      text.append(Self.peer)
      text.append(decimal: UInt64(peer.link))
      text.append(" ")
      peer.address.appendText(to: &text)
      text.append(" ")
      peer.key.appendText(to: &text)
      if peer.address.scope != 0 {
        text.append(" ")
        text.append(decimal: UInt64(peer.address.scope))
      }
      text.append("\n")
    }
    for slot in memory.owners.indices where memory.owners[slot] != 0 {
      text.append(Self.slot)
      text.append(decimal: UInt64(slot))
      text.append(" ")
      text.append(decimal: UInt64(memory.owners[slot]))
      text.append("\n")
    }
    appendEnd(to: &text)
    return text.bytes
  }

  /// What `text` says; nil if it is no such text, or not all of it.
  public static func read(_ text: [UInt8]) -> PeeringMemory? {
    var body = ByteWriter()
    var memory = PeeringMemory()
    var line: [UInt8] = []
    for (i, byte) in text.enumerated() {
      line.append(byte)
      guard byte == UInt8(ascii: "\n") else { continue }
      if body.count == 0 {
        guard starts(line, title) else { return nil }
      } else if starts(line, end) {
        appendEnd(to: &body)
        return i + 1 == text.count && body.bytes == text ? memory : nil
      } else if starts(line, peer), let peer = readPeer(line) {
        memory.peers.append(peer)
      } else if starts(line, slot) {
        var at = slot.utf8CodeUnitCount
        if let slot = number(line, &at), let owner = number(line, &at),
          slot < memory.owners.count
        {
          memory.owners[Int(truncatingIfNeeded: slot)] = owner
        }
      }
      body.append(line)
      line.removeAll(keepingCapacity: true)
    }
    return nil
  }

  private static func appendEnd(to text: inout ByteWriter) {
    var digest = FixedBytes<32>()
    var result = digest.mutableSpan
    let content = text.bytes
    Backend.sha256(content.span, content.span.extracting(0..<0), into: &result)
    text.append(end)
    text.append(hex: digest.span.extracting(0..<8))
    text.append("\n")
  }

  private static func starts(_ line: [UInt8], _ word: StaticString) -> Bool {
    guard line.count >= word.utf8CodeUnitCount else { return false }
    for i in 0..<word.utf8CodeUnitCount where line[i] != word.utf8Start[i] { return false }
    return true
  }

  private static func readPeer(_ line: [UInt8]) -> RememberedPeer? {
    var at = peer.utf8CodeUnitCount
    guard let link = number(line, &at),
      var address = LinkAddress(text: word(line, &at)),
      let key = try? PublicKey(text: word(line, &at))
    else { return nil }
    address.scope = number(line, &at) ?? 0
    // Any other number than that of a link is refused when the peer is dialled.
    return RememberedPeer(link: Int(truncatingIfNeeded: link), address: address, key: key)
  }

  /// The word that begins at `at`, which moves to the next.
  @_lifetime(borrow line)
  private static func word(_ line: borrowing [UInt8], _ at: inout Int) -> Span<UInt8> {
    let start = at
    while at < line.count - 1, line[at] != UInt8(ascii: " ") { at += 1 }
    let end = at
    if at < line.count - 1 { at += 1 }
    return line.span.extracting(start..<end)
  }

  private static func number(_ line: [UInt8], _ at: inout Int) -> UInt32? {
    let digits = word(line, &at)
    guard digits.count > 0, digits.count <= 10 else { return nil }
    var value: UInt64 = 0
    for i in 0..<digits.count {
      guard digits[i] >= 48, digits[i] <= 57 else { return nil }
      value = value * 10 + UInt64(digits[i] - 48)
    }
    return UInt32(exactly: value)
  }
}
