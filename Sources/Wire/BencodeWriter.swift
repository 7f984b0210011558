import Bytes

/// Writes bencode. The caller opens and closes dictionaries and lists in pairs and gives the keys
/// of a dictionary in ascending byte order.
public struct BencodeWriter: Sendable {
  private var writer: ByteWriter

  /// At most `limit` bytes are kept.
  public init(limit: Int = .max) { writer = ByteWriter(limit: limit) }

  public var bytes: [UInt8] { writer.bytes }
  public var count: Int { writer.count }
  /// True if something did not fit.
  public var overflowed: Bool { writer.overflowed }

  @inline(never)
  public mutating func beginDictionary() { writer.append(UInt8(ascii: "d")) }
  @inline(never)
  public mutating func beginList() { writer.append(UInt8(ascii: "l")) }
  /// Closes the innermost open dictionary or list.
  @inline(never)
  public mutating func end() { writer.append(UInt8(ascii: "e")) }

  @inline(never)
  public mutating func append(_ value: Int64) {
    writer.append(UInt8(ascii: "i"))
    writer.append(decimal: value)
    writer.append(UInt8(ascii: "e"))
  }

  @inline(never)
  public mutating func append(_ text: StaticString) {
    writer.append(decimal: UInt64(text.span.count))
    writer.append(UInt8(ascii: ":"))
    writer.append(text)
  }

  @inline(never)
  public mutating func append(_ bytes: Span<UInt8>) {
    writer.append(decimal: UInt64(bytes.count))
    writer.append(UInt8(ascii: ":"))
    writer.append(bytes)
  }

  @inline(never)
  public mutating func append(_ bytes: [UInt8]) { append(bytes.span) }

  @inline(never)
  public mutating func append(_ key: StaticString, _ value: Int64) {
    append(key)
    append(value)
  }

  @inline(never)
  public mutating func append(_ key: StaticString, _ value: StaticString) {
    append(key)
    append(value)
  }

  @inline(never)
  public mutating func append(_ key: StaticString, _ value: [UInt8]) {
    append(key)
    append(value.span)
  }

  @inline(never)
  public mutating func append(_ key: StaticString, _ value: Span<UInt8>) {
    append(key)
    append(value)
  }

  /// Appends bytes that are bencode already.
  @inline(never)
  public mutating func append(encoded bytes: Span<UInt8>) { writer.append(bytes) }
}
