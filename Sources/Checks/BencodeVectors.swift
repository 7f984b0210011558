import Bytes
import Wire

/// Both dialects of bencode.
enum BencodeVectors {
  /// routing-bencode.json: what routers accept, and the integer that stands at `a`.
  static func router(_ json: JSON, _ report: inout Report) {
    let cases = json["cases"].items
    for (number, entry) in cases.enumerated() {
      let bytes = entry["in"].text ?? []
      var ok: Bool
      do throws(BencodeError) {
        let reader = try BencodeReader(bytes.span, .router)
        let remaining = Int64(bytes.count - reader.range.upperBound)
        ok = entry["err"].isNull && remaining == entry["remaining"].int
        ok = ok && reader.integer("a") == entry["a"].int
      } catch {
        ok = !entry["err"].isNull
      }
      report.expect(ok, "case", number)
    }
    report.finish(casesInFile: cases.count)
  }

  /// admin-bencode.json: what the admin interface accepts, as a tree, and how the tree is written.
  static func admin(_ json: JSON, _ report: inout Report) {
    let cases = json["cases"].items
    for entry in cases {
      let bytes = entry["hex"].hex ?? []
      var ok: Bool
      do throws(BencodeError) {
        let reader = try BencodeReader(bytes.span, .admin)
        ok = entry["accept"].bool == true
        ok = ok && matches(entry["tree"], .dictionary(reader.range), reader)
      } catch {
        ok = entry["accept"].bool == false
      }
      if let canonical = entry["canonical_hex"].hex {
        var writer = BencodeWriter()
        write(entry["tree"], to: &writer)
        ok = ok && writer.bytes == canonical
      }
      report.expect(ok, entry["name"].text ?? [])
    }
    report.finish(casesInFile: cases.count)
  }

  private static func matches(
    _ tree: JSON, _ value: BencodeReader.Value, _ reader: borrowing BencodeReader
  ) -> Bool {
    switch value {
    case .integer(let number): return tree["int"].int == number
    case .string(let range):
      return tree["str"].latin1 == Array(copying: reader.string(range))
    case .list(let range):
      let expected = tree["list"].items
      var index = 0
      var ok = true
      reader.forEachElement(in: range) { element in
        ok = ok && index < expected.count && matches(expected[index], element, reader)
        index += 1
      }
      return ok && index == expected.count
    case .dictionary(let range):
      let expected = tree["dict"].items
      var index = 0
      var ok = true
      reader.forEachEntry(in: range) { key, element in
        ok =
          ok && index < expected.count
          && expected[index][0].latin1 == Array(copying: reader.string(key))
          && matches(expected[index][1], element, reader)
        index += 1
      }
      return ok && index == expected.count
    }
  }

  private static func write(_ tree: JSON, to writer: inout BencodeWriter) {
    if let number = tree["int"].int {
      writer.append(number)
    } else if let text = tree["str"].latin1 {
      writer.append(text)
    } else if !tree["list"].isNull {
      writer.beginList()
      for item in tree["list"].items { write(item, to: &writer) }
      writer.end()
    } else {
      writer.beginDictionary()
      let entries = tree["dict"].items.sorted {
        ($0[0].latin1 ?? []).lexicographicallyPrecedes($1[0].latin1 ?? [])
      }
      for entry in entries {
        writer.append(entry[0].latin1 ?? [])
        write(entry[1], to: &writer)
      }
      writer.end()
    }
  }
}
