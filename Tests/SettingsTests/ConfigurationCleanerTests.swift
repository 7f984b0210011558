import Bytes
import Foundation
import Testing

@testable import Settings

@Suite struct ConfigurationCleanerTests {
  static func clean(_ text: String) throws -> String {
    var notes: [ConfigurationNote] = []
    return String(
      decoding: try ConfigurationCleaner.clean(Array(text.utf8).span, notes: &notes),
      as: UTF8.self)
  }

  @Test func `the output is JSON in the order of the file, with version 2`() throws {
    let output = try Self.clean(
      "// x\n{\"z\": [1 -2,, {\"k\" \"ä}~\"}] \"a\":{} \"l\":[],\"version\":1}")
    #expect(
      output == """
        {
          "z": [
            1,
            -2,
            {
              "k": "ä}~"
            }
          ],
          "a": {},
          "l": [],
          "version": 2
        }

        """)
    #expect(try JSONSerialization.jsonObject(with: Data(output.utf8)) is [String: Any])
    #expect(try Self.clean("{}") == "{\n  \"version\": 2\n}\n")
    #expect(try Self.clean("{\"version\":3}") == "{\n  \"version\": 3\n}\n")
  }

  @Test func `what JSON and cjdroute escape differently is escaped as cjdroute reads it`() throws {
    let output = try Self.clean("{\"a\\x22\":\"\\x5c\\x00\\x0a\\x7f\"}")
    #expect(output.contains("\"a\\x22\": \"\\x5c\\x00\\x0a\\x7f\""))
    #expect(try Self.clean(output) == output)
  }
}
