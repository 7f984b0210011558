import Bytes
import Settings
import Wire

/// Configurations: a complaint names its place, and the clean text means the same.
func configurationTarget(_ bytes: Span<UInt8>) {
  let plain = outcome(bytes)
  guard let cleaned = clean(bytes) else {
    return expect(!plain.isRead, "what cannot be read cannot be used")
  }
  let again = outcome(cleaned.span)
  if plain.isRead {
    expect(again.isRead, "the clean text is as good as the other")
    expect(again.userCount == plain.userCount, "users survive")
    expect(again.peerCount == plain.peerCount, "peers survive")
  }
  expect(clean(cleaned.span) == cleaned, "a clean text stays as it is")
}

private func clean(_ text: Span<UInt8>) -> [UInt8]? {
  var notes: [ConfigurationNote] = []
  do throws(ConfigurationError) {
    return try ConfigurationCleaner.clean(text, notes: &notes)
  } catch {
    complain(error)
    return nil
  }
}

private struct Outcome {
  var isRead = false
  var userCount = 0
  var peerCount = 0
}

private func outcome(_ text: Span<UInt8>) -> Outcome {
  var notes: [ConfigurationNote] = []
  var result = Outcome()
  do throws(ConfigurationError) {
    let configuration = try Configuration.read(text, notes: &notes)
    result.isRead = true
    result.userCount = configuration.users.count
    result.peerCount = configuration.udp.reduce(0) { $0 + $1.connectTo.count }
    plantedBug([
      result.userCount > 0, result.peerCount > 0, notes.count > 0, notes.count > 1,
      notes.count > 2,
    ])
  } catch { complain(error) }
  for note in notes { complain(note) }
  return result
}

private func complain(_ remark: ConfigurationRemark) {
  var text = ByteWriter()
  remark.appendText(to: &text)
  expect(remark.line > 0 && remark.column > 0, "a remark names its place")
  expect(!remark.message.isEmpty, "a remark says something")
}
