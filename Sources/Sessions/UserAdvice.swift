/// What is to be done about a user's packet that leaves, beside sending it along the path in use.
public enum UserAdvice: Sendable {
  case nothing
  /// Nobody knows whether that path lets users' packets through: a copy is to go along another one.
  case spread
  /// The same, and paths have been judged: they are to be priced again, and others may be wanted.
  case judged
}
