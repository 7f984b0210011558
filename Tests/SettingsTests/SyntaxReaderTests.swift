import Bytes
import Testing

@testable import Settings

@Suite struct SyntaxReaderTests {
  /// What is thrown for `text`, as an operator sees it; nil if it is taken.
  static func complaint(_ text: String) -> String? {
    do throws(ConfigurationError) {
      _ = try ConfigurationDocument(Array(text.utf8).span)
      return nil
    } catch {
      var line = ByteWriter()
      error.appendText(to: &line)
      return String(decoding: line.bytes, as: UTF8.self)
    }
  }

  @Test(arguments: [
    ("", "line 1, column 1: there is no configuration here"),
    ("\n\n  // nothing\n", "line 4, column 1: there is no configuration here"),
    ("[1]", "line 1, column 1: a configuration begins with {, but here is '['"),
    ("{\n  \"a\": {\n    \"b\": yes\n  }\n}", "line 3, column 10: a.b: no value begins with 'y'"),
    ("{\"a\":1 \"b\":2 \"version\":2}", "line 1, column 8: here should be a comma or '}'"),
    ("{\"a\":1,, \"version\":2}", "line 1, column 8: one comma too many"),
    ("{\"a\":[1,], \"version\":2}", "line 1, column 9: a: no comma may stand before ']'"),
    ("{\"a\" 1, \"version\":2}", "line 1, column 6: a: a colon is missing"),
    ("{\"ä\": \"ö\" x}", "line 1, column 11: here should be a key in double quotes"),
    ("{\n\"a\": [\n1\n", "line 2, column 6: a: this bracket is never closed: ']' is missing"),
    ("{\"a\": \"b\n\"}", "line 1, column 7: a: the closing double quote is missing"),
    ("{\"a\": \"\\n\"}", "line 1, column 8: a: a backslash is followed by x"),
    ("{\"a\": \"\\x0", "line 1, column 8: a: a backslash is followed by x"),
    ("{\"a\": 9223372036854775808}", "line 1, column 7: a: this number is too large"),
    ("{\"a\": -}", "line 1, column 8: a: a digit must follow"),
    ("{ / }", "line 1, column 3: a lone slash"),
    ("{ /* }", "line 1, column 3: this comment is never closed"),
    ("{\"a\": [0, {\"b\": +1}]}", "line 1, column 17: a[1].b: no value begins with '+'"),
    ("{'a': 1}", "line 1, column 2: here should be a key in double quotes"),
  ])
  func `an error names line, column, key and what to do`(text: String, beginning: String) throws {
    let complaint = try #require(Self.complaint(text))
    #expect(complaint.hasPrefix(beginning), "\(complaint)")
  }

  @Test(arguments: [
    "{}", " \u{FEFF}".dropFirst() + "{}", "{\"a\":-9223372036854775808}", "{\"a\":1/**/}",
    "{/***/}", "{\"\\x41\":\"\\xff\"} trailing", "\r\n{\"a\"\t:\r\n[\"b\" , {} ]}//",
  ])
  func `strict syntax is taken as such`(text: String) throws {
    #expect(try ConfigurationDocument(Array(text.utf8).span).isStrict)
  }

  @Test(arguments: [
    "{\"a\":1,}", "{,}", "{\"a\" \"b\" \"c\":[1\"x\"{}[],,]}", "{\"version\":1,,}",
    "{\"version\":\"2\",}", "{\"a\":{\"version\":2},}",
  ])
  func `the relaxed reader takes what early files lack, if they do not claim version 2`(
    text: String
  ) throws {
    #expect(try !ConfigurationDocument(Array(text.utf8).span).isStrict)
    #expect(Self.complaint(text.dropLast() + ",\"version\":2,}") != nil)
  }

  @Test func `escapes and UTF-8 become bytes`() throws {
    let root = try ConfigurationDocument(Array("{\"\\x41ä\":\"\\xFf\"}".utf8).span).root
    guard case .dict(let entries) = root.content, case .text(let bytes) = entries[0].value.content
    else { throw Missing() }
    #expect(entries[0].key == Array("Aä".utf8))
    #expect(bytes == [255])
  }

  @Test func `of equal keys the later one counts, with a note`() throws {
    let document = try ConfigurationDocument(Array("{\"a\":{\"b\":1,\n\"b\":2}}".utf8).span)
    #expect(document.notes.count == 1)
    #expect(document.notes[0].key == Array("a.b".utf8))
    #expect(document.notes[0].line == 2)
  }

  @Test func `depth, breadth and length are bounded`() {
    let deep = "{\"a\":" + String(repeating: "[", count: 100_000)
    #expect(Self.complaint(deep)?.contains("too many brackets") == true)
    let most =
      "{\"a\":" + String(repeating: "[", count: 31) + String(repeating: "]", count: 31) + "}"
    #expect(Self.complaint(most) == nil)
    let broad = "{" + (0...2048).map { "\"\($0)\":0" }.joined(separator: ",") + "}"
    #expect(Self.complaint(broad)?.contains("too many keys") == true)
    let long = "{}" + String(repeating: " ", count: 1 << 20)
    #expect(Self.complaint(long)?.contains("longer than") == true)
  }

  struct Missing: Error {}
}
