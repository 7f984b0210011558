/// Why somebody cannot become a user.
public enum UserError: Error, Equatable, Sendable {
  /// A user with that login is there already.
  case loginTaken
  /// A password has 1 to 64 bytes.
  case unusablePassword
  /// A login has 1 to 64 bytes.
  case unusableLogin
  /// All places are taken.
  case full
}
