import Bytes

/// Lines in the making; not inlined, as there are many.
struct SettingLines {
  private(set) var lines: [[UInt8]] = []

  @inline(never)
  mutating func add(_ name: StaticString, _ value: [UInt8]? = nil) {
    var text = ByteWriter()
    text.append(name)
    if let value { text.append(value) }
    lines.append(text.bytes)
  }

  @inline(never)
  mutating func add(_ name: StaticString, _ value: ByteWriter) { add(name, value.bytes) }
}
