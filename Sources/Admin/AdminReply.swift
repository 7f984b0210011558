import Bytes
import Cryptography
import Routing
import Switching
import Wire

/// Writes one reply: a dictionary, perhaps with lists and dictionaries in it.
///
/// The keys of each dictionary are given beforehand, as words of one text in ascending byte order.
/// Each `put` writes the next of them with its value, `skip` leaves one out, and none may be left
/// over at the `end`. What is put into a list has no keys. The request's `txid` goes to its place
/// by itself.
final class AdminReply {
  /// The largest that a client must be able to read.
  static var byteCountMax: Int { 65536 }

  let call: AdminCall
  private var body = BencodeWriter(limit: byteCountMax)
  /// What is left of the keys of each open dictionary, outermost first; nothing for a list.
  private var keys = InlineArray<5, Keys>(repeating: Keys(""))
  private var depth = 0
  private var owesTxid: Bool

  /// Words of a literal that have not been used yet.
  private struct Keys {
    var start: UnsafePointer<UInt8>
    var count: Int

    init(_ text: StaticString) {
      start = text.span.withUnsafeBufferPointer { $0.baseAddress.unsafelyUnwrapped }
      count = text.span.count
    }
  }

  @inline(never)
  init(_ call: AdminCall, _ keys: StaticString) {
    self.call = call
    owesTxid = !call.txid.isEmpty
    self.keys[0] = Keys(keys)
    body.beginDictionary()
  }

  // MARK: Structure

  @inline(never)
  func beginList() {
    takeKey(isWritten: true)
    body.beginList()
    open("")
  }

  /// Without keys the caller puts keys and values in turns.
  @inline(never)
  func beginDictionary(_ keys: StaticString) {
    takeKey(isWritten: true)
    body.beginDictionary()
    open(keys)
  }

  /// Closes the innermost open dictionary or list.
  @inline(never)
  func end() {
    precondition(keys[depth].count == 0)
    depth -= 1
    body.end()
  }

  @inline(never)
  func skip() { takeKey(isWritten: false) }

  /// The whole message. To be called once.
  @inline(never)
  func finish() -> [UInt8] {
    precondition(depth == 0 && keys[0].count == 0)
    if owesTxid { putTxid() }
    body.end()
    return body.bytes
  }

  @inline(never)
  private func open(_ keys: StaticString) {
    depth += 1
    self.keys[depth] = Keys(keys)
  }

  @inline(never)
  private func takeKey(isWritten: Bool) {
    let left = keys[depth]
    guard left.count > 0 else { return }
    var count = 0
    while count < left.count, left.start[count] != UInt8(ascii: " ") { count += 1 }
    let key = Span(_unsafeStart: left.start, count: count)
    if depth == 0, owesTxid, Self.isBehindTxid(key) { putTxid() }
    if isWritten { body.append(key) }
    let used = min(count + 1, left.count)
    keys[depth].start = left.start + used
    keys[depth].count = left.count - used
  }

  @inline(never)
  private func putTxid() {
    body.append("txid", call.txid)
    owesTxid = false
  }

  private static func isBehindTxid(_ key: Span<UInt8>) -> Bool {
    let txid: StaticString = "txid"
    for i in 0..<min(4, key.count) where key[i] != txid.utf8Start[i] {
      return key[i] > txid.utf8Start[i]
    }
    return key.count > 4
  }

  // MARK: Values

  @inline(never)
  func put(_ value: Int64) {
    takeKey(isWritten: true)
    body.append(value)
  }

  @inline(never)
  func put(_ value: UInt64) { put(Int64(clamping: value)) }

  func put(_ value: Int) { put(Int64(value)) }

  func put(_ value: UInt32) { put(Int64(value)) }

  func put(_ value: Bool) { put(value ? 1 : 0) }

  @inline(never)
  func put(_ text: StaticString) {
    takeKey(isWritten: true)
    body.append(text)
  }

  @inline(never)
  func put(_ bytes: [UInt8]) { put(bytes.span) }

  @inline(never)
  func put(_ bytes: Span<UInt8>) {
    takeKey(isWritten: true)
    body.append(bytes)
  }

  // The text forms of admin.md section 7.

  @inline(never)
  func put(_ address: IPv6Address) {
    var text = ByteWriter()
    address.appendText(to: &text)
    put(text.bytes)
  }

  @inline(never)
  func put(_ label: Label) {
    var text = ByteWriter()
    label.appendText(to: &text)
    put(text.bytes)
  }

  @inline(never)
  func put(_ publicKey: PublicKey) {
    var text = ByteWriter()
    publicKey.appendText(to: &text)
    put(text.bytes)
  }

  @inline(never)
  func put(_ address: LinkAddress) {
    var text = ByteWriter()
    address.appendText(to: &text)
    put(text.bytes)
  }

  /// A node address.
  @inline(never)
  func put(_ version: UInt32, _ label: Label, _ key: PublicKey) {
    put(NodeAddress(version: version, label: label, key: key).text)
  }

  /// A node address.
  @inline(never)
  func put(_ route: Route) { put(route.version, route.label, route.key) }

  /// A list of node addresses.
  @inline(never)
  func put(_ routes: [Route]) {
    beginList()
    for route in routes { put(route) }
    end()
  }

  @inline(never)
  func put(_ scheme: EncodingScheme) {
    beginList()
    for form in scheme.forms {
      var prefix = ByteWriter()
      // As many bytes as the prefix needs, lowest first, at least one.
      var bits = form.prefix
      repeat {
        prefix.append(hex: UInt64(bits & 0xff), digits: 2)
        bits >>= 8
      } while bits != 0
      beginDictionary("bitCount prefix prefixLen")
      put(Int(form.bitCount))
      put(prefix.bytes)
      put(Int(form.prefixLength))
      end()
    }
    end()
  }
}
