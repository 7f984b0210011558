import CSystem

/// Why the operating system refused, in the few kinds that make a difference.
public enum SystemError: Error, Equatable, Sendable {
  case again
  case permission
  case missing
  case inUse
  case unsupported
  case tooBig
  case invalid
  case unreachable
  case failed
  /// A radio that is switched off.
  case blocked

  init(_ code: Int32) {
    switch Int(code) {
    case CS_AGAIN: self = .again
    case CS_PERMISSION: self = .permission
    case CS_MISSING: self = .missing
    case CS_IN_USE: self = .inUse
    case CS_UNSUPPORTED: self = .unsupported
    case CS_TOO_BIG: self = .tooBig
    case CS_INVALID: self = .invalid
    case CS_UNREACHABLE: self = .unreachable
    case CS_BLOCKED: self = .blocked
    default: self = .failed
    }
  }

  /// In a few words, for the end of a message.
  public var text: StaticString {
    switch self {
    case .again: "not now"
    case .permission: "permission denied"
    case .missing: "not found on this machine"
    case .inUse: "already in use"
    case .unsupported: "not supported by this kernel"
    case .tooBig: "too long"
    case .invalid: "invalid argument"
    case .unreachable: "unreachable"
    case .failed: "system error"
    case .blocked: "switched off; rfkill unblock wifi"
    }
  }
}

/// The result of a call of CSystem, or its error.
@discardableResult
@inline(__always)
func checked(_ result: Int32) throws(SystemError) -> Int32 {
  guard result >= 0 else { throw SystemError(result) }
  return result
}
