import Bytes
import Checks

/// Prints what each file came to and adds it up.
struct Tally {
  private(set) var passedCount = 0
  private(set) var deviatingCount = 0
  private(set) var failedCount = 0

  mutating func add(_ report: Report) {
    passedCount += report.passedCount
    deviatingCount += report.deviatingCount
    failedCount += report.failures.count
    var line = ByteWriter()
    report.appendSummary(to: &line)
    Files.writeLine(line.bytes)
    for failure in report.failures { Files.writeLine(failure) }
  }

  mutating func addUnreadable(_ name: StaticString) {
    failedCount += 1
    var line = ByteWriter()
    line.append("  FAILED ")
    line.append(name)
    line.append(" cannot be read")
    Files.writeLine(line.bytes)
  }

  func writeTotal() {
    var line = ByteWriter()
    line.append(decimal: UInt64(passedCount))
    line.append(" passed, ")
    line.append(decimal: UInt64(deviatingCount))
    line.append(" deviating, ")
    line.append(decimal: UInt64(failedCount))
    line.append(" failed")
    Files.writeLine(line.bytes)
  }
}
