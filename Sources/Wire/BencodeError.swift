/// Why bytes are no bencode that the dialect takes.
public enum BencodeError: Error, Equatable, Sendable {
  case endOfInput
  case malformed
  case tooDeep
  /// A number that 64 bits cannot hold, where the dialect refuses it.
  case outOfRange
  /// Bytes behind the outermost value, where the dialect refuses them.
  case trailingBytes
  /// The outermost value is no dictionary.
  case notDictionary
}
