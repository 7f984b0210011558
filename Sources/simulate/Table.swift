import Simulation

/// The findings as text.
enum Table {
  /// With up to three places behind the point.
  static func text(_ value: Double?) -> String {
    guard let value else { return "-" }
    let thousandths = Int((value * 1000).rounded())
    var text = "\(thousandths / 1000)"
    if thousandths % 1000 != 0 {
      var rest = "\(1000 + thousandths % 1000)".dropFirst()
      while rest.last == "0" { rest = rest.dropLast() }
      text += "." + rest
    }
    return text
  }

  static func goal(_ goal: Measurement.Goal?) -> String {
    switch goal {
    case .atMost(let limit): "<= \(text(limit))"
    case .atLeast(let limit): ">= \(text(limit))"
    case nil: ""
    }
  }

  static func lines(_ findings: [Finding]) -> [String] {
    var lines: [String] = []
    for finding in findings {
      lines.append(finding.name)
      for measurement in finding.measurements {
        var line = "  " + pad(measurement.name, 26)
        line += pad("\(text(measurement.value)) \(measurement.unit)", 14)
        line += goal(measurement.goal)
        lines.append(line + (measurement.isGood ? "" : "   MISSED"))
      }
    }
    return lines
  }

  static var heading: String {
    "topology,nodes,links,rules,seed,minutes,scenario,check,measurement,value,unit,goal,met"
  }

  static func rows(_ findings: [Finding], _ arguments: Arguments, linkCount: Int) -> [String] {
    let start =
      "\(arguments.shape.rawValue),\(arguments.nodeCount),\(linkCount),"
      + "\(arguments.rules.rawValue),\(arguments.seed),\(arguments.minutes),"
      + arguments.catalogue.rawValue
    return findings.flatMap { finding in
      finding.measurements.map { measurement in
        "\(start),\"\(finding.name)\",\"\(measurement.name)\",\(text(measurement.value)),"
          + "\(measurement.unit),\(goal(measurement.goal)),\(measurement.isGood ? "yes" : "no")"
      }
    }
  }

  static func pad(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(1, width - text.count))
  }
}
