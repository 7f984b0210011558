/// What the reader of a configuration found. The first error is the one that is told; the reader
/// goes on behind it with harmless values, which nobody gets to see, and says no more.
final class ConfigurationReport {
  private(set) var notes: [ConfigurationNote] = []
  private(set) var error: ConfigurationError?

  func add(_ remark: ConfigurationRemark, isError: Bool) {
    if error != nil { return }
    if isError { error = remark } else { notes.append(remark) }
  }
}
