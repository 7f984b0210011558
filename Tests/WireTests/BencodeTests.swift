import Bytes
import Testing
import Wire

@Suite struct BencodeTests {
  /// A tree to be written and read again.
  indirect enum Tree: Equatable {
    case integer(Int64)
    case string([UInt8])
    case list([Tree])
    case dictionary([Entry])

    struct Entry: Equatable {
      let key: [UInt8]
      let value: Tree
    }

    static func random(depth: Int, using random: inout SeededGenerator) -> Tree {
      switch Int.random(in: 0..<(depth > 0 ? 4 : 2), using: &random) {
      case 0: return .integer(Int64(truncatingIfNeeded: random.next() >> (random.next() % 64)))
      case 1:
        let count = Int.random(in: 0..<12, using: &random)
        return .string((0..<count).map { _ in UInt8.random(in: 0...255, using: &random) })
      case 2:
        let count = Int.random(in: 0..<4, using: &random)
        return .list((0..<count).map { _ in Tree.random(depth: depth - 1, using: &random) })
      default: return dictionary(depth: depth, using: &random)
      }
    }

    static func dictionary(depth: Int, using random: inout SeededGenerator) -> Tree {
      let count = Int.random(in: 0..<5, using: &random)
      return .dictionary(
        (0..<count).map { number in
          Entry(
            key: Array("\(number)k".utf8), value: Tree.random(depth: depth - 1, using: &random))
        })
    }

    func write(to writer: inout BencodeWriter) {
      switch self {
      case .integer(let value): writer.append(value)
      case .string(let bytes): writer.append(bytes)
      case .list(let items):
        writer.beginList()
        for item in items { item.write(to: &writer) }
        writer.end()
      case .dictionary(let entries):
        writer.beginDictionary()
        for entry in entries {
          writer.append(entry.key)
          entry.value.write(to: &writer)
        }
        writer.end()
      }
    }

    static func read(_ value: BencodeReader.Value, _ reader: borrowing BencodeReader) -> Tree {
      switch value {
      case .integer(let number): return .integer(number)
      case .string(let range): return .string([UInt8](copying: reader.string(range)))
      case .list(let range):
        var items: [Tree] = []
        reader.forEachElement(in: range) { items.append(read($0, reader)) }
        return .list(items)
      case .dictionary(let range):
        var entries: [Entry] = []
        reader.forEachEntry(in: range) { key, value in
          entries.append(
            Entry(key: [UInt8](copying: reader.string(key)), value: read(value, reader)))
        }
        return .dictionary(entries)
      }
    }
  }

  static func written(_ tree: Tree) -> [UInt8] {
    var writer = BencodeWriter()
    tree.write(to: &writer)
    return writer.bytes
  }

  @Test func `every tree is read as it was written`() throws {
    for seed in 0..<400 {
      var random = SeededGenerator(seed: UInt64(seed))
      let tree = Tree.dictionary(depth: 4, using: &random)
      let bytes = Self.written(tree)
      for dialect in [BencodeDialect.admin, .router] {
        let reader = try BencodeReader(bytes.span, dialect)
        let isSame = Tree.read(.dictionary(reader.range), reader) == tree
        #expect(isSame, "seed \(seed)")
      }
    }
  }

  @Test func `changed bytes are refused or read, and nothing found lies outside`() {
    for seed in 0..<3000 {
      var random = SeededGenerator(seed: UInt64(seed))
      var bytes = Self.written(Tree.dictionary(depth: 3, using: &random))
      for _ in 0..<Int.random(in: 1...3, using: &random) where !bytes.isEmpty {
        let position = Int.random(in: 0..<bytes.count, using: &random)
        switch Int.random(in: 0..<4, using: &random) {
        case 0: bytes[position] = UInt8.random(in: 0...255, using: &random)
        case 1: bytes.remove(at: position)
        case 2: bytes.insert(UInt8(ascii: "0") + UInt8(random.next() % 10), at: position)
        default: bytes.removeSubrange(position...)
        }
      }
      for dialect in [BencodeDialect.admin, .router] {
        if let reader = try? BencodeReader(bytes.span, dialect) {
          _ = Tree.read(.dictionary(reader.range), reader)
          let end = reader.range.upperBound
          #expect(end <= bytes.count)
        }
      }
    }
  }

  @Test func `nesting is bounded in both dialects`() {
    for open in [Array("d1:a".utf8), Array("l".utf8)] {
      let bytes = Array("d1:a".utf8) + (0..<50_000).flatMap { _ in open }
      #expect(throws: BencodeError.tooDeep) { _ = try BencodeReader(bytes.span, .admin) }
      #expect(throws: BencodeError.tooDeep) { _ = try BencodeReader(bytes.span, .router) }
    }
  }

  @Test(arguments: ["i9223372036854775808e", "i-9223372036854775809e"])
  func `a number that 64 bits cannot hold is refused by the strict dialect`(number: String) {
    let bytes = Array("d1:a\(number)e".utf8)
    #expect(throws: BencodeError.outOfRange) { _ = try BencodeReader(bytes.span, .admin) }
  }

  @Test(arguments: [
    ("i9223372036854775807e", Int64.max), ("i-9223372036854775808e", .min), ("i0e", 0),
  ])
  func `the largest and smallest numbers are read`(text: String, value: Int64) throws {
    let bytes = Array("d1:a\(text)e".utf8)
    let reader = try BencodeReader(bytes.span, .admin)
    let found = reader.integer("a")
    #expect(found == value)
  }

  @Test(arguments: [
    "d1:a99999999999999999999:xe", "d1:a18446744073709551615:e", "d5:ae", "d1:a2:xe",
  ])
  func `a length beyond the end is refused before anything is read`(text: String) {
    let bytes = Array(text.utf8)
    #expect(throws: BencodeError.self) { _ = try BencodeReader(bytes.span, .router) }
    #expect(throws: BencodeError.self) { _ = try BencodeReader(bytes.span, .admin) }
  }

  @Test func `a writer with a limit says that it overflowed`() {
    var writer = BencodeWriter(limit: 5)
    writer.append("abcdef")
    #expect(writer.overflowed && writer.count == 5)
  }
}
