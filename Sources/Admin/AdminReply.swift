import Bytes
import Cryptography
import Switching
import Wire

/// Writes one reply: a dictionary whose keys the caller gives in ascending byte order, and into
/// which the request's `txid` goes by itself at its place.
struct AdminReply {
  /// The largest that a client must be able to read.
  static var byteCountMax: Int { 65536 }

  /// For what stands below a key.
  var body = BencodeWriter(limit: byteCountMax)
  /// Empty: none was given, or it is written.
  private var txid: [UInt8]

  @inline(never)
  init(txid: [UInt8]) {
    self.txid = txid
    body.beginDictionary()
  }

  /// Begins an entry whose value the caller writes into `body`.
  @inline(never)
  mutating func key(_ key: StaticString) {
    if !txid.isEmpty, Self.isBehindTxid(key) { putTxid() }
    body.append(key)
  }

  @inline(never)
  mutating func append(_ key: StaticString, _ value: Int64) {
    self.key(key)
    body.append(value)
  }

  @inline(never)
  mutating func append(_ key: StaticString, _ value: StaticString) {
    self.key(key)
    body.append(value)
  }

  @inline(never)
  mutating func append(_ key: StaticString, _ value: [UInt8]) {
    self.key(key)
    body.append(value)
  }

  /// The whole message. To be called once.
  @inline(never)
  mutating func finish() -> [UInt8] {
    if !txid.isEmpty { putTxid() }
    body.end()
    return body.bytes
  }

  @inline(never)
  private mutating func putTxid() {
    body.append("txid", txid)
    txid = []
  }

  @inline(never)
  private static func isBehindTxid(_ key: StaticString) -> Bool {
    let txid: StaticString = "txid"
    for i in 0..<min(4, key.utf8CodeUnitCount) where key.utf8Start[i] != txid.utf8Start[i] {
      return key.utf8Start[i] > txid.utf8Start[i]
    }
    return key.utf8CodeUnitCount > 4
  }
}

// The text forms of admin.md section 7.
extension BencodeWriter {
  @inline(never)
  mutating func append(_ key: StaticString, _ address: IPv6Address) {
    var text = ByteWriter()
    address.appendText(to: &text)
    append(key, text.bytes)
  }

  @inline(never)
  mutating func append(_ key: StaticString, _ label: Label) {
    var text = ByteWriter()
    label.appendText(to: &text)
    append(key, text.bytes)
  }

  @inline(never)
  mutating func append(_ key: StaticString, _ publicKey: PublicKey) {
    var text = ByteWriter()
    publicKey.appendText(to: &text)
    append(key, text.bytes)
  }

  @inline(never)
  mutating func append(_ address: LinkAddress) {
    var text = ByteWriter()
    address.appendText(to: &text)
    append(text.bytes)
  }

  @inline(never)
  mutating func append(_ scheme: EncodingScheme) {
    beginList()
    for form in scheme.forms {
      var prefix = ByteWriter()
      // As many bytes as the prefix needs, lowest first, at least one.
      var bits = form.prefix
      repeat {
        prefix.append(hex: UInt64(bits & 0xff), digits: 2)
        bits >>= 8
      } while bits != 0
      beginDictionary()
      append("bitCount", Int64(form.bitCount))
      append("prefix", prefix.bytes)
      append("prefixLen", Int64(form.prefixLength))
      end()
    }
    end()
  }
}
