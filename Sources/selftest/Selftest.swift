import Bytes
import Checks
import Cryptography

/// `selftest [FOLDER]`: proves on the machine where it runs that this build computes what every
/// other node computes. Without a folder, what needs no files; with one, all vector files in it.
@main
struct Selftest {
  static func main() {
    let arguments = Files.arguments
    guard arguments.count <= 2 else {
      Files.write("usage: selftest [FOLDER WITH THE VECTOR FILES]\n", to: Files.standardError)
      Files.exit(2)
    }
    var backend = ByteWriter()
    backend.append("cryptography: ")
    Backend.appendName(to: &backend)
    Files.writeLine(backend.bytes)
    guard Backend.initialize() else {
      Files.write("the cryptography cannot work here\n", to: Files.standardError)
      Files.exit(1)
    }
    var tally = Tally()
    tally.add(BuiltInChecks.run())
    if arguments.count == 2 { checkFiles(in: arguments[1], &tally) }
    tally.writeTotal()
    Files.exit(tally.failedCount == 0 ? 0 : 1)
  }

  private static func checkFiles(in folder: [UInt8], _ tally: inout Tally) {
    guard let deviations = Files.read("deviations.json", in: folder).flatMap(JSONReader.read) else {
      tally.addUnreadable("deviations.json")
      return
    }
    for file in VectorFile.all {
      guard let document = Files.read(file.name, in: folder) else {
        tally.addUnreadable(file.name)
        continue
      }
      tally.add(file.check(document, deviations: deviations))
    }
  }
}
