/// What is to be done about a user's packet that leaves, beside sending it along the path in use.
/// In a session that has served users nothing is kept or sent twice.
public enum UserAdvice: Sendable {
  case nothing
  /// Nothing has come back yet: a copy is to be kept, in case nothing does.
  case keep
  /// Nothing has come back for long: a copy is to go along another path.
  case spread
  /// The same, and paths have been judged: they are to be priced again, and others may be wanted.
  case judged
}
