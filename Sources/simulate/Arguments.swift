import Simulation

/// The command line.
struct Arguments {
  var nodeCount = 100
  var shape = Shape.geometric
  var seed: UInt64 = 1
  var minutes = 2
  var catalogue = Catalogue.standard
  var rules = Rules.ours
  var lossPermille: UInt64 = 0
  /// Nodes that a table holds, those of direct peers not counted; nil for as many as it ships with.
  var tableNodeCount: Int?
  var csv: String?
  var dot: String?
  var svg: String?
  var wantsHelp = false

  static var help: String {
    var text = """
      usage: simulate [--nodes N] [--topology SHAPE] [--seed S] [--minutes M] [--scenario NAME]
                      [--rules RULES] [--table N] [--loss PERMILLE] [--csv FILE] [--dot FILE]
                      [--svg FILE]

        --nodes      2 to 65535; 100 without
        --topology   \(Shape.allCases.map(\.rawValue).joined(separator: ", ")); geometric without
        --seed       the same number gives the same run; 1 without
        --minutes    of virtual time before anything is measured; 2 without
        --scenario   what happens then; standard without
        --rules      \(Rules.allCases.map(\.rawValue).joined(separator: ", "))
        --table      nodes that each table may hold, 16 to 16384; as many as ships without
        --loss       thousandths of the frames that each link loses; 0 without
        --csv        adds the numbers to FILE (- for standard output)
        --dot, --svg draws the network

      """
    for entry in Catalogue.allCases {
      let name = entry.rawValue
      text += "\n  \(name)\(String(repeating: " ", count: max(1, 13 - name.count)))\(entry.summary)"
    }
    return text + "\n"
  }

  init(_ words: [String]) throws(ArgumentError) {
    var words = words[...]
    while let word = words.popFirst() {
      if word == "--help" || word == "-h" {
        wantsHelp = true
        continue
      }
      guard Self.names.contains(word) else {
        throw ArgumentError("there is no \(word); --help lists what there is")
      }
      guard let value = words.popFirst() else {
        throw ArgumentError("\(word) needs a value behind it")
      }
      switch word {
      case "--nodes": nodeCount = Int(try Self.number(word, value, 2...65535))
      case "--topology": shape = try Self.name(word, value)
      case "--seed": seed = try Self.number(word, value, 0...(.max))
      case "--minutes": minutes = Int(try Self.number(word, value, 0...100_000))
      case "--scenario": catalogue = try Self.name(word, value)
      case "--rules": rules = try Self.name(word, value)
      case "--loss": lossPermille = try Self.number(word, value, 0...1000)
      case "--table": tableNodeCount = Int(try Self.number(word, value, 16...16384))
      case "--csv": csv = value
      case "--dot": dot = value
      default: svg = value
      }
    }
  }

  private static var names: [String] {
    [
      "--nodes", "--topology", "--seed", "--minutes", "--scenario", "--rules", "--table", "--loss",
      "--csv", "--dot", "--svg",
    ]
  }

  private static func number(
    _ word: String, _ value: String, _ range: ClosedRange<UInt64>
  ) throws(ArgumentError) -> UInt64 {
    guard let number = UInt64(value), range.contains(number) else {
      throw ArgumentError(
        "\(word) takes a number from \(range.lowerBound) to \(range.upperBound), not \(value)")
    }
    return number
  }

  private static func name<Choice: CaseIterable & RawRepresentable>(
    _ word: String, _ value: String
  ) throws(ArgumentError) -> Choice where Choice.RawValue == String {
    guard let choice = Choice(rawValue: value) else {
      let names = Choice.allCases.map(\.rawValue).joined(separator: ", ")
      throw ArgumentError("\(word) takes one of \(names), not \(value)")
    }
    return choice
  }

  /// The words that make the same run again.
  var repetition: String {
    var text = "--nodes \(nodeCount) --topology \(shape.rawValue) --seed \(seed)"
    text += " --minutes \(minutes) --scenario \(catalogue.rawValue) --rules \(rules.rawValue)"
    if let tableNodeCount { text += " --table \(tableNodeCount)" }
    if lossPermille > 0 { text += " --loss \(lossPermille)" }
    return text
  }

  var scenario: Scenario {
    var scenario = catalogue.scenario(
      shape.topology(nodeCount: nodeCount), seed: seed, warmUp: minutes * 60)
    scenario.rules = rules
    scenario.tableNodeCount = tableNodeCount
    scenario.conditions.lossPermille = lossPermille
    return scenario
  }
}
