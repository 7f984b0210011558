import Bytes

/// What a command line asks for (cjdroute.md section 1).
public enum Command: Equatable, Sendable {
  /// Print `UsageText` on standard output and end with success.
  case help
  /// Print `VersionText` on standard output and end with success.
  case version
  /// Print a new configuration on standard output.
  case generate(ethernet: Bool)
  /// The same, made of exactly 64 bytes from standard input.
  case generateFromSeed(ethernet: Bool)
  /// Read a configuration from standard input and print it as JSON.
  case clean
  /// Read a configuration from standard input and be a node; in the foreground whatever the file
  /// says, if asked.
  case start(foreground: Bool)
  /// Read it from a file and be a node in the foreground.
  case serve(file: [UInt8])
  /// Read a configuration from standard input and bring the node that runs in step with it.
  case reload
  /// Do what `HelperProgram.run` says.
  case helper(HelperProgram, arguments: [[UInt8]])
  /// Print the text, a line, on standard error and end with that status.
  case refuse([UInt8], ExitStatus)

  /// `arguments` as the system gives them, the name of the program first. A terminal on standard
  /// input means that a person typed the bare command and wants to know how it is used.
  public static func parse(_ arguments: [[UInt8]], inputIsTerminal: Bool) -> Command {
    if let name = arguments.first, let helper = HelperProgram(name: baseName(of: name)) {
      return .helper(helper, arguments: [[UInt8]](arguments.dropFirst()))
    }
    let options = [[UInt8]](arguments.dropFirst())
    guard let first = options.first else {
      return inputIsTerminal ? .help : .start(foreground: false)
    }
    if let helper = HelperProgram(name: first) {
      return .helper(helper, arguments: [[UInt8]](options.dropFirst()))
    }
    if let command = generator(options) { return command }
    if first.isText("core") || first.isText("angel") {
      return refuse("this cjdroute is one process and has no part named '", first, "'")
    }
    if first.isText("--pidfile") || first.isText("--reconf") || first.isText("--getcmds") {
      return refuse("", first, " is gone; --reload applies a changed configuration")
    }
    if options.count == 2, first.isText("--nobg") { return .serve(file: options[1]) }
    guard options.count == 1 else { return refuse("too many arguments after '", first, "'") }
    if first.isText("--help") || first.isText("-h") { return .help }
    if first.isText("--version") || first.isText("-v") { return .version }
    if first.isText("--cleanconf") { return .clean }
    if first.isText("--reload") { return inputIsTerminal ? .help : .reload }
    if first.isText("--nobg") { return inputIsTerminal ? .help : .start(foreground: true) }
    return refuse("unrecognized option '", first, "'")
  }

  private static func generator(_ options: [[UInt8]]) -> Command? {
    let isSeeded = options[0].isText("--genconf-seed")
    guard isSeeded || options[0].isText("--genconf") else { return nil }
    var ethernet = false
    if options.count > 1 {
      guard options.count == 2 else { return refuse("too many arguments after '", options[0], "'") }
      ethernet = options[1].isText("--eth")
      guard ethernet || options[1].isText("--no-eth") else {
        return refuse("unrecognized option '", options[1], "'")
      }
    }
    return isSeeded ? .generateFromSeed(ethernet: ethernet) : .generate(ethernet: ethernet)
  }

  private static func refuse(
    _ before: StaticString, _ argument: [UInt8], _ after: StaticString
  ) -> Command {
    var text = ByteWriter()
    text.append("cjdroute: ")
    text.append(before)
    text.appendQuoted(argument)
    text.append(after)
    text.append(" (try --help)\n")
    return .refuse(text.bytes, .usage)
  }

  private static func baseName(of path: [UInt8]) -> [UInt8] {
    guard let slash = path.lastIndex(of: UInt8(ascii: "/")) else { return path }
    return [UInt8](path[(slash + 1)...])
  }
}
