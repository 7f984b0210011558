import Bytes
import Cryptography
import Testing

@testable import Settings

@Suite struct HelperProgramTests {
  // From conf-genconf-seed.json.
  static let privateKey = "3bb0fc66a6b74a9686755679173c90977463be6d18a392ded53aec4ecf7e9c11"
  static let publicKey = "78hlduk18pd038lqbh7lf58pv8jk3rx0zmst51qx3yv5f72t2t00.k"
  static let address = "fc9c:c311:c358:51cf:dade:cdcc:db1a:9460"

  static func run(
    _ helper: HelperProgram, _ arguments: [String] = [], input: String = "", seed: UInt64 = 1
  ) -> (output: String, complaint: String, status: Settings.ExitStatus) {
    let result = helper.run(
      arguments: arguments.map { Array($0.utf8) }, input: Array(input.utf8).span,
      entropy: SeededEntropy(seed: seed))
    return (
      String(decoding: result.output, as: UTF8.self),
      String(decoding: result.complaint, as: UTF8.self), result.status
    )
  }

  @Test func `publictoip6 prints the address in the compact form`() {
    #expect(Self.run(.publicToIP6, [Self.publicKey]) == (Self.address + "\n", "", .success))
    let short = Self.run(
      .publicToIP6, ["qp4b5dymjqthy1mwgrxwju89s1tbnhtks03xtrqwwl889w1n7z00.k"])
    #expect(short.output.split(separator: ":").count == 8)
  }

  @Test(arguments: [
    ("x", "ERROR: Key_parse_TOO_SHORT\n"),
    (publicKey + "x", "ERROR: Key_parse_MALFORMED\n"),
    (publicKey.dropLast() + "x", "ERROR: Key_parse_MALFORMED\n"),
    ("a" + publicKey.dropFirst(), "ERROR: Key_parse_DECODE_FAILED\n"),
    ("8" + publicKey.dropFirst(), "ERROR: Key_parse_INVALID\n"),
  ])
  func `publictoip6 says how a key is wrong`(key: String, complaint: String) {
    #expect(Self.run(.publicToIP6, [key]) == ("", complaint, .input))
  }

  @Test func `privatetopublic prints the key, its public key and the address`() {
    let expected = "\(Self.privateKey)\n\(Self.publicKey)\n\(Self.address)\n"
    #expect(
      Self.run(.privateToPublic, input: Self.privateKey + "\nrest") == (expected, "", .success))
    #expect(Self.run(.privateToPublic, input: "12").status == .input)
    let outside = Self.run(.privateToPublic, input: String(repeating: "0", count: 64))
    #expect(outside.status == .input && outside.complaint.contains("fc00::/8"))
  }

  @Test func `makekeys prints keys that belong together, others each time`() throws {
    let lines = (0..<3).map { Self.run(.makeKeys, seed: $0).output }
    #expect(Set(lines).count == 3)
    for line in lines {
      let words = line.dropLast().split(separator: " ").map { String($0) }
      let check = Self.run(.privateToPublic, input: words[0])
      #expect(check.output == "\(words[0])\n\(words[2])\n\(words[1])\n")
    }
    #expect(HelperProgram.makeKeys.isEndless(arguments: []))
    #expect(!HelperProgram.makeKeys.isEndless(arguments: [[45]]))
  }

  @Test func `mkpasswd prints 31 base-32 digits, randombytes bytes`() {
    let password = Self.run(.makePassword).output
    #expect(password.utf8.count == 32 && password.hasSuffix("\n"))
    #expect(password.dropLast().allSatisfy { "0123456789bcdfghjklmnpqrstuvwxyz".contains($0) })
    let bytes = HelperProgram.randomBytes.run(
      arguments: [], input: [UInt8]().span, entropy: SeededEntropy(seed: 1)
    ).output
    #expect(bytes.count == 4096 && Set(bytes).count == 256)
  }

  @Test(arguments: [
    HelperProgram.privateToPublic, .makeKeys, .randomBytes, .makePassword, .publicToIP6,
  ])
  func `anything else on the command line is answered with the usage`(helper: HelperProgram) {
    let result = Self.run(helper, ["--help", "x"])
    #expect(result.output.hasPrefix("Usage: ") && result.status == .success)
  }
}
