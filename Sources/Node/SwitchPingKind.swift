/// What a switch ping asks for (switch.md section 8).
public enum SwitchPingKind: UInt8, Sendable {
  /// Whether the node at the label answers, and its protocol version.
  case ping
  /// Its key, too.
  case keyPing
}
