import Bytes
import Cryptography

/// Checks that need no files: what depends on the machine (byte order, word size, alignment, the
/// compiler's arithmetic) and what hostile bytes may do.
public enum BuiltInChecks {
  /// Runs all of them.
  public static func run() -> Report {
    var report = Report(file: "built-in", deviations: .null)
    IntegerChecks.run(&report)
    PrimitiveChecks.run(&report)
    SwitchingChecks.run(&report)
    AirChecks.run(&report)
    HostileBytesChecks.run(&report)
    HostileNumbersChecks.run(&report)
    report.finish(casesInFile: 0)
    return report
  }
}

extension SeededEntropy {
  /// `count` bytes of the sequence.
  func bytes(_ count: Int) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    var span = bytes.mutableSpan
    fillPublic(&span)
    return bytes
  }

  /// A number from 0 to `bound` − 1.
  func number(below bound: Int) -> Int { Int(next() % UInt64(bound)) }
}

extension StaticString {
  /// The bytes that these hex digits spell; none if they are no hex digits.
  var hexBytes: [UInt8] {
    var text: [UInt8] = []
    for i in 0..<utf8CodeUnitCount { text.append(utf8Start[i]) }
    return Hex.decode(text.span) ?? []
  }
}
