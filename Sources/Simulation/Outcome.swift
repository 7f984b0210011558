/// What a run of a scenario found; the same for the same scenario on every machine.
public struct Outcome: Equatable, Sendable {
  public var findings: [Finding] = []
  public var linkCount = 0
  public var digest: UInt64 = 0
  public var frameCount = 0
  /// Virtual time.
  public var milliseconds: UInt64 = 0

  /// Goals that were missed.
  public var missed: [(finding: String, measurement: Measurement)] {
    findings.flatMap { finding in
      finding.measurements.filter { !$0.isGood }.map { (finding.name, $0) }
    }
  }
}
