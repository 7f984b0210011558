import Cryptography
import Switching

/// How a switch ping ended.
public struct SwitchPingResult: Sendable {
  /// In the words of the admin interface.
  public enum Outcome: UInt8, Sendable {
    case pong, timeout, differentLabel, differentData, switchError, loopError, unknownError

    public var name: StaticString {
      switch self {
      case .pong: "pong"
      case .timeout: "timeout"
      case .differentLabel: "diff_label"
      case .differentData: "diff_data"
      case .switchError: "err_switch"
      case .loopError: "err_loop"
      case .unknownError: "err_unknown"
      }
    }
  }

  public var outcome: Outcome
  public var milliseconds: UInt64
  /// The label that was pinged.
  public var label: Label
  /// Where the answer came from: another one than `label` if that is the outcome.
  public var responseLabel: Label
  /// The protocol version in the answer; 0 without one.
  public var version: UInt32
  /// The data that came back, without what the node itself had put in front.
  public var data: [UInt8]
  /// What the answer to a key ping says; proves nothing.
  public var key: PublicKey?
}
