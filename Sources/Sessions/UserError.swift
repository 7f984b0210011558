/// Why somebody cannot become a user.
public enum UserError: Error, Equatable, Sendable {
  /// A user with that login is there already.
  case loginTaken
  /// A user with that password is there already: which of the two came in could not be told.
  case passwordTaken
  /// A password has 1 to 64 bytes.
  case unusablePassword
  /// A login has 1 to 64 bytes.
  case unusableLogin
  /// All places are taken.
  case full
}
