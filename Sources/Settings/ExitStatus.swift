/// What the program tells its caller at its end: 0 or what kind of thing went wrong.
public enum ExitStatus: UInt8, Sendable {
  case success = 0
  /// The system refused something without which the node cannot run.
  case system = 1
  /// The command line makes no sense.
  case usage = 2
  /// The configuration is wrong.
  case configuration = 3
  /// Another node answers on the admin address.
  case alreadyRunning = 4
  /// What a helper program was given is no key.
  case input = 5
}
