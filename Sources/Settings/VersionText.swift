import Bytes

/// The lines of `--version`.
public enum VersionText {
  /// `backend` is what `Backend.appendName` says; `version` the protocol version of the node.
  public static func append(
    to text: inout ByteWriter, program: StaticString, version: UInt32, backend: [UInt8]
  ) {
    text.append("Cjdns version: ")
    text.append(program)
    text.append("\nCjdns protocol version: ")
    text.append(decimal: UInt64(version))
    text.append("\nCryptography: ")
    text.append(backend)
    text.append("\n")
  }
}
