import Bytes
import Cryptography
import Testing

@testable import Settings

@Suite struct GeneratedConfigurationTests {
  @Test(arguments: 0..<20)
  func `a generated configuration is strict, complete, without remarks, and survives cleaning`(
    seed: UInt64
  ) throws {
    let text = ConfigurationGenerator.generate(
      ethernet: false, entropy: SeededEntropy(seed: seed))
    var notes: [ConfigurationNote] = []
    let configuration = try Configuration.read(text.span, notes: &notes)
    #expect(try ConfigurationDocument(text.span).isStrict)
    #expect(notes == [])
    #expect(configuration.udp.count == 2)
    let cleaned = try ConfigurationCleaner.clean(text.span, notes: &notes)
    let again = try Configuration.read(cleaned.span, notes: &notes)
    #expect(again.identity.publicKey == configuration.identity.publicKey)
    #expect(again.users == configuration.users)
    #expect(again.udp == configuration.udp)
    #expect(again.security == configuration.security)
  }
}
