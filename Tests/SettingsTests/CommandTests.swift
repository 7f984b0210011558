import Bytes
import Testing

@testable import Settings

@Suite struct CommandTests {
  static func command(_ line: String, terminal: Bool = false) -> Command {
    Command.parse(
      line.split(separator: " ").map { Array($0.utf8) }, inputIsTerminal: terminal)
  }

  @Test(arguments: [
    ("cjdroute", Command.start(foreground: false)),
    ("/usr/sbin/cjdns", .start(foreground: false)),
    ("cjdroute --nobg", .start(foreground: true)),
    ("cjdroute --nobg x", .serve(file: Array("x".utf8))),
    ("cjdroute --help", .help), ("cjdroute -h", .help),
    ("cjdroute --version", .version), ("cjdroute -v", .version),
    ("cjdroute --cleanconf", .clean), ("cjdroute --reload", .reload),
    ("cjdroute --genconf", .generate(ethernet: false)),
    ("cjdroute --genconf --eth", .generate(ethernet: true)),
    ("cjdroute --genconf --no-eth", .generate(ethernet: false)),
    ("cjdroute --genconf-seed", .generateFromSeed(ethernet: false)),
    ("cjdroute --genconf-seed --eth", .generateFromSeed(ethernet: true)),
    ("cjdroute publictoip6 x.k", .helper(.publicToIP6, arguments: [Array("x.k".utf8)])),
    ("/usr/bin/publictoip6 x.k", .helper(.publicToIP6, arguments: [Array("x.k".utf8)])),
    ("./makekeys", .helper(.makeKeys, arguments: [])),
    ("privatetopublic", .helper(.privateToPublic, arguments: [])),
    ("cjdroute mkpasswd", .helper(.makePassword, arguments: [])),
    ("randombytes", .helper(.randomBytes, arguments: [])),
  ])
  func `each command line is understood`(line: String, expected: Command) {
    #expect(Self.command(line) == expected)
  }

  @Test func `a person at a terminal gets help instead of a program that waits`() {
    #expect(Self.command("cjdroute", terminal: true) == .help)
    #expect(Self.command("cjdroute --nobg", terminal: true) == .help)
    #expect(Self.command("cjdroute --reload", terminal: true) == .help)
    #expect(Self.command("cjdroute --genconf", terminal: true) == .generate(ethernet: false))
    #expect(Command.parse([], inputIsTerminal: true) == .help)
    #expect(Command.parse([], inputIsTerminal: false) == .start(foreground: false))
  }

  @Test(arguments: [
    "cjdroute --frobnicate", "cjdroute --genconf --frob", "cjdroute --genconf --eth x",
    "cjdroute --nobg x y", "cjdroute --reload x", "cjdroute --pidfile x", "cjdroute --reconf",
    "cjdroute --getcmds",
    "cjdroute core /tmp/x", "cjdroute angel", "cjdroute cjdroute.conf",
  ])
  func `what is not understood is refused with a hint`(line: String) throws {
    guard case .refuse(let text, let status) = Self.command(line) else {
      Issue.record("taken: \(line)")
      return
    }
    #expect(status == .usage && status.rawValue != 0)
    #expect(String(decoding: text, as: UTF8.self).contains("--help"))
    #expect(text.last == 10)
  }

  @Test func `the usage names what there is and how to begin`() {
    var text = ByteWriter()
    UsageText.append(to: &text, machine: "mips linux")
    let usage = String(decoding: text.bytes, as: UTF8.self)
    for word in [
      "mips linux", "--genconf", "--genconf-seed", "--cleanconf", "--nobg", "--version", "--help",
      "--reload",
      "sudo ./cjdroute < cjdroute.conf",
    ] { #expect(usage.contains(word)) }
    #expect(usage.hasSuffix("\n"))
    text = ByteWriter()
    VersionText.append(to: &text, program: "1.2", version: 21, backend: Array("b".utf8))
    #expect(
      text.bytes
        == Array("Cjdns version: 1.2\nCjdns protocol version: 21\nCryptography: b\n".utf8))
  }
}
