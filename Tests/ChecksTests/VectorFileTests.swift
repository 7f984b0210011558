import Bytes
import Checks
import Foundation
import Testing

@Suite struct VectorFileTests {
  static let folder = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "Vectors")

  static func bytes(_ name: String) throws -> [UInt8] {
    try [UInt8](Data(contentsOf: folder.appending(path: name)))
  }

  @Test(arguments: VectorFile.all.map { $0.name.description })
  func `every case of a vector file gives what was recorded`(name: String) throws {
    let file = try #require(VectorFile.all.first { $0.name.description == name })
    let deviations = try #require(JSONReader.read(Self.bytes("deviations.json")))
    let report = file.check(try Self.bytes(name), deviations: deviations)
    var line = ByteWriter()
    report.appendSummary(to: &line)
    print(String(decoding: line.bytes, as: UTF8.self))
    #expect(report.caseCount > 0)
    for failure in report.failures {
      Issue.record(Comment(rawValue: String(decoding: failure, as: UTF8.self)))
    }
  }

  @Test func `what a machine has to compute without files comes out right`() {
    let report = BuiltInChecks.run()
    #expect(report.caseCount > 0)
    for failure in report.failures {
      Issue.record(Comment(rawValue: String(decoding: failure, as: UTF8.self)))
    }
  }

  @Test func `the reader takes every vector file`() throws {
    let names = try FileManager.default.contentsOfDirectory(atPath: Self.folder.path)
      .filter { $0.hasSuffix(".json") }
    #expect(names.count > 40)
    for name in names { #expect(JSONReader.read(try Self.bytes(name)) != nil, "\(name)") }
  }

  @Test func `a recorded deviation that no longer occurs is a failure`() throws {
    let deviations = try #require(
      JSONReader.read(Array(#"[{"file":"x.json","case":"a","expected":1,"why":"w"}]"#.utf8)))
    var report = Report(file: "x.json", deviations: deviations)
    report.expect(true, "a")
    report.expect(true, "b")
    report.finish(casesInFile: 2)
    #expect(report.failures.count == 1)
    var lax = Report(file: "x.json", deviations: deviations)
    lax.expect(false, Array("a".utf8)) { $0.int == 1 }
    lax.finish(casesInFile: 1)
    #expect(lax.failures.isEmpty && lax.deviatingCount == 1)
    var short = Report(file: "x.json", deviations: .list([]))
    short.expect(true, "a")
    short.finish(casesInFile: 2)
    #expect(short.failures.count == 1)
  }
}
