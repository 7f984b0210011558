import Bytes

/// Counts the cases of one vector file and remembers which failed.
///
/// A case that stands in `deviations` is one where this node differs from the recorded behaviour
/// on purpose: it must then give our result, and no longer deviating is a failure too.
public struct Report {
  /// The file's name, for `deviations.json` and the printed lines.
  public let file: [UInt8]
  public private(set) var passedCount = 0
  public private(set) var deviatingCount = 0
  /// One line for each failed case.
  public private(set) var failures: [[UInt8]] = []
  private let deviations: [JSON]
  private var deviationsMet: [Bool]

  /// `deviations` is the list in `deviations.json`: objects with `file`, `case`, `expected`, `why`.
  public init(file: StaticString, deviations: JSON) {
    var name = ByteWriter()
    name.append(file)
    self.file = name.bytes
    self.deviations = deviations.items.filter { $0["file"].isText(file) }
    deviationsMet = .init(repeating: false, count: self.deviations.count)
  }

  public var caseCount: Int { passedCount + deviatingCount + failures.count }

  /// Counts one case: `ok` says whether we did as recorded.
  public mutating func expect(_ ok: Bool, _ name: [UInt8]) {
    if let index = deviation(name) {
      deviationsMet[index] = true
      fail(name, ok ? "recorded as a deviation, but does as the vector says" : "deviates otherwise")
      return
    }
    if ok { passedCount += 1 } else { fail(name, "differs from the vector") }
  }

  /// Counts one case for which a deviation may be recorded: `ours` says whether the result is the
  /// one that `expected` (of `deviations.json`) describes. Called with the recorded value, or
  /// `.null` where none is recorded.
  public mutating func expect(_ ok: Bool, _ name: [UInt8], ours: (JSON) -> Bool) {
    guard let index = deviation(name) else {
      expect(ok, name)
      return
    }
    deviationsMet[index] = true
    if ok {
      fail(name, "recorded as a deviation, but does as the vector says")
    } else if ours(deviations[index]["expected"]) {
      deviatingCount += 1
    } else {
      fail(name, "differs from the vector and from the recorded deviation")
    }
  }

  /// The same with a case named by a list of its position in the file: `name` and numbers.
  public mutating func expect(_ ok: Bool, _ name: StaticString, _ numbers: Int...) {
    expect(ok, Self.caseName(name, numbers))
  }

  /// `name`, then each number behind a blank.
  public static func caseName(_ name: StaticString, _ numbers: [Int]) -> [UInt8] {
    var text = ByteWriter()
    text.append(name)
    for number in numbers {
      text.append(32)
      text.append(decimal: Int64(number))
    }
    return text.bytes
  }

  /// To be called once, at the end: `caseCount` cases are in the file, and every deviation that is
  /// recorded for it must have been met.
  public mutating func finish(casesInFile: Int) {
    if caseCount < casesInFile { fail([], "fewer cases were run than the file holds") }
    for i in deviations.indices where !deviationsMet[i] {
      fail(deviations[i]["case"].text ?? [], "recorded as a deviation, but no such case was run")
    }
  }

  /// `crypto-replay.json 1230 passed, 0 deviating, 0 failed`
  public func appendSummary(to line: inout ByteWriter) {
    line.append(file)
    line.append(" ")
    line.append(decimal: UInt64(passedCount))
    line.append(" passed, ")
    line.append(decimal: UInt64(deviatingCount))
    line.append(" deviating, ")
    line.append(decimal: UInt64(failures.count))
    line.append(" failed")
  }

  private func deviation(_ name: [UInt8]) -> Int? {
    deviations.firstIndex { $0["case"].text == name }
  }

  private mutating func fail(_ name: [UInt8], _ what: StaticString) {
    var line = ByteWriter()
    line.append("  FAILED ")
    line.append(file)
    line.append(", case \"")
    line.append(name)
    line.append("\": ")
    line.append(what)
    failures.append(line.bytes)
  }
}
