import Bytes
import Cryptography
import Foundation
import Testing
import Wire

@testable import Settings

@Suite struct GeneratedConfigurationTests {
  static func read(_ text: [UInt8]) throws -> (Configuration, [ConfigurationNote]) {
    var notes: [ConfigurationNote] = []
    return (try Configuration.read(text.span, notes: &notes), notes)
  }

  static func generate(_ seed: UInt64, ethernet: Bool = false) -> [UInt8] {
    ConfigurationGenerator.generate(ethernet: ethernet, entropy: SeededEntropy(seed: seed))
  }

  @Test(arguments: 0..<20)
  func `a generated configuration is strict, complete, without remarks, and survives cleaning`(
    seed: UInt64
  ) throws {
    let text = Self.generate(seed)
    let (configuration, notes) = try Self.read(text)
    #expect(try ConfigurationDocument(text.span).isStrict)
    #expect(notes.isEmpty)
    #expect((4000...8000).contains(text.count))
    #expect(configuration.udp.count == 2)
    #expect(configuration.udp[0].bind.family == .ipv4 && configuration.udp[0].beacon == 2)
    #expect(configuration.udp[1].bind.family == .ipv6)
    #expect(configuration.udp[0].bind.port == configuration.udp[1].bind.port)
    #expect(configuration.udp[0].bind.port > 1024)
    #expect(configuration.users.count == 1 && configuration.users[0].password.count == 31)
    #expect(configuration.packetInterface == .tun(name: nil))
    #expect(configuration.security.user == Array("nobody".utf8))
    #expect(configuration.security.keepNetAdmin && configuration.security.noForks)
    #expect(configuration.adminBind == .ipv4(127, 0, 0, 1, port: 11234))

    var cleaningNotes: [ConfigurationNote] = []
    let cleaned = try ConfigurationCleaner.clean(text.span, notes: &cleaningNotes)
    let (again, _) = try Self.read(cleaned)
    #expect(cleaningNotes.isEmpty)
    #expect(try ConfigurationDocument(cleaned.span).isStrict)
    #expect(again.identity.publicKey == configuration.identity.publicKey)
    #expect(again.users.map(\.password) == configuration.users.map(\.password))
    #expect(again.users.map(\.login) == configuration.users.map(\.login))
    #expect(again.udp.map(\.bind) == configuration.udp.map(\.bind))
    #expect(again.udp.map(\.beaconDevices) == configuration.udp.map(\.beaconDevices))
    #expect(again.users.map(\.address) == configuration.users.map(\.address))
    #expect(again.udp.map(\.dscp) == configuration.udp.map(\.dscp))
    #expect(again.udp.map(\.beacon) == configuration.udp.map(\.beacon))
    #expect(again.udp.map(\.beaconPort) == configuration.udp.map(\.beaconPort))
    let peers = configuration.udp.flatMap(\.connectTo)
    let peersAgain = again.udp.flatMap(\.connectTo)
    #expect(peersAgain.map(\.address) == peers.map(\.address))
    #expect(peersAgain.map(\.key) == peers.map(\.key))
    #expect(peersAgain.map(\.password) == peers.map(\.password))
    #expect(peersAgain.map(\.login) == peers.map(\.login))
    #expect(peersAgain.map(\.name) == peers.map(\.name))
    #expect(peersAgain.map(\.version) == peers.map(\.version))
    #expect(again.udp.map(\.connectTo.count) == configuration.udp.map(\.connectTo.count))
    #expect(again.security == configuration.security)
  }

  /// The walk of the README: the lines that one operator sends are pasted by the other.
  @Test func `the credentials in the comment connect another node to this one`() throws {
    let mine = String(decoding: Self.generate(1), as: UTF8.self)
    let (node, _) = try Self.read(Array(mine.utf8))
    let start = try #require(mine.range(of: "/*\n"))
    let end = try #require(mine.range(of: "*/"))
    let credentials = mine[start.upperBound..<end.lowerBound]
    let place = "\"connectTo\": {\n"
    let theirs = String(decoding: Self.generate(2), as: UTF8.self)
    let gap = try #require(theirs.range(of: place))
    #expect(theirs[..<gap.lowerBound].hasSuffix("// Nodes to connect to (IPv4)\n        "))

    func pasted(_ text: Substring) -> [UInt8] {
      Array((theirs[..<gap.upperBound] + text + theirs[gap.upperBound...]).utf8)
    }
    #expect(throws: ConfigurationError.self) { try Self.read(pasted(credentials)) }
    let addressed = credentials.replacing("your.external.ip.goes.here", with: "192.0.2.7")
    let (other, notes) = try Self.read(pasted(Substring(addressed)))
    #expect(notes.isEmpty)
    let peer = try #require(other.udp[0].connectTo.first)
    #expect(peer.address == .ipv4(192, 0, 2, 7, port: node.udp[0].bind.port))
    #expect(peer.key == node.identity.publicKey)
    #expect(peer.password == node.users[0].password && peer.login == node.users[0].login)
  }

  @Test func `what is behind a comment sign is right when it is taken away`() throws {
    var text = String(decoding: Self.generate(3), as: UTF8.self)
    for (sample, active) in [
      ("\"default-login\" }\n", "\"default-login\" },\n"),
      ("// { \"password\": ", "{ \"password\": "),
      ("\"my-second-peer\" }", "\"my-second-peer\" },"),
      ("\"my-third-peer\" }", "\"my-third-peer\" },"),
      ("// \"dscp\": 46,", "\"dscp\": 46,"),
      ("\"TUNInterface\"\n", "\"TUNInterface\",\n"),
      ("// \"tunDevice\"", "\"tunDevice\""),
      ("// \"logTo\"", "\"logTo\""),
    ] {
      #expect(text.contains(sample))
      text = text.replacing(sample, with: active)
    }
    let (configuration, notes) = try Self.read(Array(text.utf8))
    #expect(notes.isEmpty)
    #expect(configuration.users.count == 4 && configuration.udp.allSatisfy { $0.dscp == 46 })
    #expect(configuration.packetInterface == .tun(name: Array("tun0".utf8)))
    #expect(configuration.log == .stdout)
  }

  @Test func `Ethernet is there, switched off or on`() throws {
    let off = try Self.read(Self.generate(4)).0
    let on = try Self.read(Self.generate(4, ethernet: true)).0
    #expect(off.ethernet.isEmpty)
    #expect(on.ethernet.count == 1 && on.ethernet[0].device == Array("all".utf8))
    #expect(on.ethernet[0].beacon == 2)
  }

  @Test func `the same seed gives the same file, each bit of it counts`() {
    var seed = [UInt8](repeating: 7, count: SeedEntropy.seedByteCount)
    let text = ConfigurationGenerator.generate(ethernet: false, seed: seed.span)
    #expect(ConfigurationGenerator.generate(ethernet: false, seed: seed.span) == text)
    seed[63] ^= 128
    #expect(ConfigurationGenerator.generate(ethernet: false, seed: seed.span) != text)
  }
}
