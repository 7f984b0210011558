import Bytes

/// A vector file and the check that runs every case in it.
public struct VectorFile {
  /// Its name in `Tests/Vectors`.
  public let name: StaticString
  /// Runs all cases, then calls `finish` with the number of cases the file holds.
  let run: (JSON, inout Report) -> Void

  init(_ name: StaticString, _ run: @escaping (JSON, inout Report) -> Void) {
    self.name = name
    self.run = run
  }

  /// Runs the cases in `document` (the bytes of the file); `deviations` are those of
  /// `deviations.json`.
  public func check(_ document: [UInt8], deviations: JSON) -> Report {
    var report = Report(file: name, deviations: deviations)
    guard let json = JSONReader.read(document) else {
      report.expect(false, "the file is not JSON")
      return report
    }
    run(json, &report)
    return report
  }
}
