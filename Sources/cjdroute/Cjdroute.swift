import Bytes
import Cryptography
import Drivers
import Node
import Settings

#if NULL
  #error("the trait Null is for the simulator: such a node would protect nothing")
#endif

/// One executable: the node, its configuration tools and the small helpers.
@main
struct Cjdroute {
  static func main() {
    let command = Command.parse(
      Process.arguments, inputIsTerminal: Process.inputIsTerminal)
    var text = ByteWriter()
    switch command {
    case .help:
      UsageText.append(to: &text, machine: Machine.name)
      finish(text.bytes)
    case .version:
      VersionText.append(
        to: &text, program: Machine.programVersion, version: NodeOptions().version,
        backend: Machine.backend)
      finish(text.bytes)
    case .generate(let ethernet):
      warnOfFilledFile()
      finish(ConfigurationGenerator.generate(ethernet: ethernet, entropy: SystemEntropy()))
    case .generateFromSeed(let ethernet):
      let seed = input(limit: SeedEntropy.seedByteCount)
      guard seed.count == SeedEntropy.seedByteCount else {
        fail(.input, "--genconf-seed needs exactly 64 bytes on standard input")
      }
      warnOfFilledFile()
      finish(ConfigurationGenerator.generate(ethernet: ethernet, seed: seed.span))
    case .clean: clean()
    case .reload: Reload.run(input(limit: ConfigurationDocument.byteCountMax))
    case .helper(let program, let arguments): run(program, arguments)
    case .refuse(let complaint, let status):
      Process.complain(complaint)
      Process.exit(status.rawValue)
    case .start(let foreground):
      Startup.run(input(limit: ConfigurationDocument.byteCountMax), foreground)
    case .serve(let path): Startup.run(Startup.file(path), true)
    }
  }

  private static func clean() {
    var notes: [ConfigurationNote] = []
    do throws(ConfigurationError) {
      let text = input(limit: ConfigurationDocument.byteCountMax)
      let cleaned = try ConfigurationCleaner.clean(text.span, notes: &notes)
      for note in notes { complain(note) }
      finish(cleaned)
    } catch {
      complain(error)
      Process.exit(ExitStatus.configuration.rawValue)
    }
  }

  private static func run(_ program: HelperProgram, _ arguments: [[UInt8]]) {
    let entropy = SystemEntropy()
    let given = program.readsInput(arguments: arguments) ? input(limit: 4096) : []
    var isRead = true
    var status = ExitStatus.success
    repeat {
      let result = program.run(arguments: arguments, input: given.span, entropy: entropy)
      Process.complain(result.complaint)
      isRead = Process.write(result.output)
      status = result.status
    } while isRead && program.isEndless(arguments: arguments)
    Process.exit(status.rawValue)
  }

  private static func input(limit: Int) -> [UInt8] {
    do throws(SystemError) {
      return try Process.readInput(limit: limit)
    } catch {
      fail(.system, error == .tooBig ? "standard input is too long" : "cannot read standard input")
    }
  }

  private static func finish(_ text: [UInt8]) {
    guard Process.write(text) else {
      fail(.system, "cannot write all of it to standard output: is the disk full?")
    }
    Process.exit(ExitStatus.success.rawValue)
  }

  private static func warnOfFilledFile() {
    guard Process.outputIsFilledFile else { return }
    Process.complain(
      Text.line("cjdroute: the file holds something already; only what stands first in it counts"))
  }
}
