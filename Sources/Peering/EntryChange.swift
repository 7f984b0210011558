/// What it came to that something was to be as it was told: a peer, or who may come in.
public enum EntryChange: UInt8, Sendable {
  /// It was so already.
  case none
  /// It was there, and is now as it was told.
  case changed
  /// It was not there.
  case new
}
