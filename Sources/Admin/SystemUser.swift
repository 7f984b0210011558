/// How a user is named.
public enum SystemUser: Equatable, Sendable {
  case id(UInt32)
  case name([UInt8])
}
