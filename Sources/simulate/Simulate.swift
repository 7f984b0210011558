import Cryptography
import Node
import Routing
import Simulation

/// Runs one scenario and tells what it found. Ends with 1 if a goal was missed, with 2 if it was
/// not understood.
@main
struct Simulate {
  static func main() {
    do throws(ArgumentError) {
      let arguments = try Arguments(Machine.arguments)
      if arguments.wantsHelp {
        print(Arguments.help, terminator: "")
      } else {
        Machine.leave(run(arguments) ? 0 : 1)
      }
    } catch {
      Machine.tell("simulate: \(error.text)\n")
      Machine.leave(2)
    }
  }

  /// True if all goals were met.
  private static func run(_ arguments: Arguments) -> Bool {
    let scenario = arguments.scenario
    let memoryBefore = Machine.memory
    let progress = Progress()
    let network = scenario.makeNetwork()
    draw(network, arguments)
    network.pulse = { progress.tell($0) }
    var outcome = scenario.run(network) { progress.step = $0.name }
    progress.finish()
    outcome.findings.append(memory(network, arguments, before: memoryBefore))
    let seconds = progress.elapsed
    var text = "\(network.nodes.count) nodes, \(outcome.linkCount) links, "
    text += "\(arguments.shape.rawValue), \(arguments.catalogue.rawValue), "
    text += "cryptography: \(cryptography), seed \(arguments.seed)\n"
    for line in Table.lines(outcome.findings) { text += line + "\n" }
    text += "\(outcome.milliseconds / 1000) s of virtual time, \(outcome.frameCount) frames in "
    text += "\(Table.text((seconds * 10).rounded() / 10)) s, digest "
    text += "\(String(outcome.digest, radix: 16))\n"
    if arguments.csv != "-" { print(text, terminator: "") }
    if let path = arguments.csv {
      let heading = path == "-" || Machine.isEmpty(path) ? Table.heading + "\n" : ""
      let rows = Table.rows(outcome.findings, arguments, linkCount: outcome.linkCount)
      write(heading + rows.map { $0 + "\n" }.joined(), path, adding: true)
    }
    let missed = outcome.missed
    guard !missed.isEmpty else { return true }
    Machine.tell(
      "simulate: \(missed.count) goal(s) missed with seed \(arguments.seed); the same run again: "
        + "simulate \(arguments.repetition)\n")
    return false
  }

  private static var cryptography: String {
    #if NULL
      "none"
    #else
      "real"
    #endif
  }

  /// What a node costs this machine, simulation included, and what its table may at most.
  private static func memory(
    _ network: Network, _ arguments: Arguments, before: Int?
  ) -> Finding {
    var measurements: [Measurement] = []
    if let before, let now = Machine.memory {
      let kilobytes = Double(now - before) / Double(network.nodes.count) / 1000
      measurements.append(Measurement("process, for each node", kilobytes, "kB"))
    }
    var limits = RouterLimits()
    if let count = arguments.tableNodeCount { limits.nodeCountMax = count }
    measurements.append(
      Measurement(
        "table with 10 peers, at most",
        Double(limits.tableByteCountMax(peerCount: 10)) / 1000, "kB",
        goal: arguments.tableNodeCount == nil ? .atMost(256) : nil))
    return Finding("memory", measurements)
  }

  private static func draw(_ network: Network, _ arguments: Arguments) {
    if let path = arguments.dot { write(Drawing.dot(network), path) }
    if let path = arguments.svg { write(Drawing.svg(network), path) }
  }

  private static func write(_ text: String, _ path: String, adding: Bool = false) {
    guard Machine.write(text, to: path, adding: adding) else {
      Machine.tell("simulate: \(path) cannot be written; name a file in a folder that exists\n")
      Machine.leave(2)
    }
  }
}
