/// Why bytes from outside are not what they should be.
public enum WireError: Error, Equatable, Sendable {
  case tooShort
  case tooLong
  case badVersion
  case badMagic
  case badChecksum
  case unknownType
  case malformed
}
