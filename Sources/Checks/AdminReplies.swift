import Bytes
import Wire

/// Compares replies of the admin interface with recorded ones: keys, types, error texts, and all
/// values but those that differ on every run.
enum AdminReplies {
  /// Their values differ on every run, or between nodes.
  private static var volatile: [StaticString] {
    [
      "bucket", "bytes", "bytesIn", "bytesOut", "cookie", "cost", "handle", "internalFile", "last",
      "link", "linkCost", "linkCount", "metric", "ms", "peers", "pid", "receivedPackets",
      "recvKbps", "sendHandle", "sendKbps", "streamId", "time", "timeOfLastIn", "timeOfLastOut",
    ]
  }
  /// Lists whose length depends on what a node has learned.
  private static var looseLists: [StaticString] { ["nodes", "peers", "routingTable"] }
  /// What releases after the recorded one tell in addition (admin.md 8.3 and 8.5), and we do.
  private static var additions: [StaticString] {
    ["configured", "noiseProto", "settings", "timeOfLastUsage"]
  }

  /// True if `ours` is what `recorded` is, apart from what may differ.
  /// `ignoresTxid`: `recorded` was written by hand and leaves it out.
  static func match(_ recorded: [UInt8], _ ours: [UInt8], ignoresTxid: Bool = false) -> Bool {
    guard let a = try? BencodeReader(recorded.span, .admin),
      let b = try? BencodeReader(ours.span, .admin)
    else { return false }
    if case .dictionary? = a["availableFunctions"], !areEmpty(a) || !areEmpty(b) {
      return isListing(b)
    }
    if ignoresTxid, a["txid"] == nil, b["txid"] != nil {
      return match(recorded, withoutTxid(ours))
    }
    return matchDictionaries(a, a.range, b, b.range)
  }

  private static func matchDictionaries(
    _ a: BencodeReader, _ aRange: Range<Int>, _ b: BencodeReader, _ bRange: Range<Int>
  ) -> Bool {
    let recorded = entries(a, aRange)
    let ours = entries(b, bRange)
    for entry in ours {
      let key = b.string(entry.key)
      if isOne(key, of: additions) { continue }
      if !recorded.contains(where: { areEqual(a.string($0.key), key) }) { return false }
    }
    for entry in recorded {
      let key = a.string(entry.key)
      guard let other = ours.first(where: { areEqual(b.string($0.key), key) }),
        matchValues(a, entry.value, b, other.value, key)
      else { return false }
    }
    return true
  }

  private static func matchValues(
    _ a: BencodeReader, _ left: BencodeReader.Value, _ b: BencodeReader,
    _ right: BencodeReader.Value, _ key: Span<UInt8>
  ) -> Bool {
    switch (left, right) {
    case (.integer(let x), .integer(let y)): return x == y || isOne(key, of: volatile)
    case (.string(let x), .string(let y)):
      if isOne(key, of: volatile) { return true }
      let recorded = a.string(x)
      let ours = b.string(y)
      // The label in front of the key depends on which slot a peer got.
      if BencodeReader.spells(key, "addr") { return areEqual(tail(recorded), tail(ours)) }
      if BencodeReader.spells(key, "path"), areFar(recorded) { return true }
      return areEqual(recorded, ours)
    case (.dictionary(let x), .dictionary(let y)): return matchDictionaries(a, x, b, y)
    case (.list(let x), .list(let y)): return matchLists(a, x, b, y, key)
    default: return false
    }
  }

  /// In any order.
  private static func matchLists(
    _ a: BencodeReader, _ aRange: Range<Int>, _ b: BencodeReader, _ bRange: Range<Int>,
    _ key: Span<UInt8>
  ) -> Bool {
    let recorded = elements(a, aRange)
    let ours = elements(b, bRange)
    let isLoose = isOne(key, of: looseLists)
    guard isLoose || recorded.count == ours.count else { return false }
    // Handles are numbers of every run's own.
    if BencodeReader.spells(key, "handles") { return true }
    if isLoose, recorded.isEmpty || ours.isEmpty || isString(recorded[0]) {
      return ours.allSatisfy { isString($0) }
    }
    return recorded.allSatisfy { left in
      ours.contains { right in matchValues(a, left, b, right, key) }
    }
  }

  private static func isString(_ value: BencodeReader.Value) -> Bool {
    if case .string = value { true } else { false }
  }

  @_lifetime(copy address)
  private static func tail(_ address: Span<UInt8>) -> Span<UInt8> {
    address.extracting(max(0, address.count - 54)..<address.count)
  }

  /// A path that leads nowhere.
  private static func areFar(_ label: Span<UInt8>) -> Bool {
    BencodeReader.spells(label, "ffff.ffff.ffff.ffff")
  }

  private static func areEqual(_ a: Span<UInt8>, _ b: Span<UInt8>) -> Bool {
    guard a.count == b.count else { return false }
    for i in 0..<a.count where a[i] != b[i] { return false }
    return true
  }

  private static func isOne(_ key: Span<UInt8>, of names: [StaticString]) -> Bool {
    for name in names where BencodeReader.spells(key, name) { return true }
    return false
  }

  private static func entries(_ reader: BencodeReader, _ range: Range<Int>)
    -> [(key: Range<Int>, value: BencodeReader.Value)]
  {
    var entries: [(key: Range<Int>, value: BencodeReader.Value)] = []
    reader.forEachEntry(in: range) { key, value in entries.append((key, value)) }
    return entries
  }

  private static func elements(_ reader: BencodeReader, _ range: Range<Int>)
    -> [BencodeReader.Value]
  {
    var elements: [BencodeReader.Value] = []
    reader.forEachElement(in: range) { elements.append($0) }
    return elements
  }

  // MARK: Listings of functions

  private static func areEmpty(_ reader: BencodeReader) -> Bool {
    if case .dictionary(let range)? = reader["availableFunctions"] {
      range.count == 2
    } else {
      false
    }
  }

  /// A page of functions: at most 8, and `more` if there are 8.
  private static func isListing(_ reader: BencodeReader) -> Bool {
    guard case .dictionary(let range)? = reader["availableFunctions"] else { return false }
    let functions = entries(reader, range)
    guard functions.count <= 8, reader.integer("more") == (functions.count == 8 ? 1 : nil)
    else { return false }
    return functions.allSatisfy { function in
      if case .dictionary = function.value { true } else { false }
    }
  }

  /// The bencoded arguments of the function `name` in a page of them.
  static func signature(of name: [UInt8], in listing: [UInt8]) -> [UInt8]? {
    guard let reader = try? BencodeReader(listing.span, .admin),
      case .dictionary(let range)? = reader["availableFunctions"]
    else { return nil }
    for entry in entries(reader, range) where areEqual(reader.string(entry.key), name.span) {
      if case .dictionary(let arguments) = entry.value { return Array(listing[arguments]) }
    }
    return nil
  }

  // MARK: Parts of messages

  /// The string at `key`.
  static func text(_ key: StaticString, in message: [UInt8]) -> [UInt8]? {
    guard let reader = try? BencodeReader(message.span, .admin),
      let range = reader.stringRange(key)
    else { return nil }
    return Array(message[range])
  }

  private static func withoutTxid(_ message: [UInt8]) -> [UInt8] {
    guard let reader = try? BencodeReader(message.span, .admin) else { return message }
    var writer = ByteWriter()
    writer.append("d")
    var start = 1
    reader.forEachEntry(in: reader.range) { key, value in
      let isTxid = BencodeReader.spells(reader.string(key), "txid")
      var end = key.upperBound
      switch value {
      case .string(let range), .list(let range), .dictionary(let range): end = range.upperBound
      case .integer:
        while message[end] != UInt8(ascii: "e") { end += 1 }
        end += 1
      }
      if !isTxid { writer.append(message[start..<end].map { $0 }) }
      start = end
    }
    writer.append("e")
    return writer.bytes
  }

  /// The name of the function that a request calls; empty if there is none.
  static func function(_ request: [UInt8]) -> [UInt8] {
    guard let reader = try? BencodeReader(request.span, .admin) else { return [] }
    guard let range = reader.stringRange("aq") ?? reader.stringRange("q") else { return [] }
    return Array(request[range])
  }

  /// The cookie of a request.
  static func cookie(_ request: [UInt8]) -> UInt64? {
    guard let reader = try? BencodeReader(request.span, .admin) else { return nil }
    if let number = reader.integer("cookie") { return UInt64(exactly: number) }
    guard let range = reader.stringRange("cookie") else { return nil }
    var number: UInt64 = 0
    for digit in request[range] {
      guard digit >= 48, digit <= 57, number < 1 << 32 else { return nil }
      number = number * 10 + UInt64(digit - 48)
    }
    return number
  }

  /// True if a message is a log line of that source.
  static func isLine(_ message: [UInt8], of file: StaticString) -> Bool {
    guard let reader = try? BencodeReader(message.span, .admin), reader["message"] != nil,
      let range = reader.stringRange("file")
    else { return false }
    return BencodeReader.spells(reader.string(range), file)
  }
}
