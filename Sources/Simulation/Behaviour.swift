/// What a node does to others.
public enum Behaviour: String, Sendable, CaseIterable {
  case honest
  /// Its router's answers lie (`Liar`), which shows only without cryptography.
  case liar
  /// It answers, forwards pings and what routers say to each other, but drops users' packets.
  case dropsData = "drops data"
  /// It answers, but forwards nothing.
  case dropsAll = "drops all"

  /// Whether a frame of `byteCount` bytes that it should forward goes on. Everything is encrypted:
  /// users' packets are known by their length.
  func forwards(byteCount: Int) -> Bool {
    switch self {
    case .honest, .liar: true
    case .dropsData: byteCount != Probe.frameByteCount
    case .dropsAll: false
    }
  }
}
