import Peering
import Routing

/// What a node has to tell to whoever runs it.
public enum NodeEvent: Sendable {
  /// A line for the log; only of `Node.logLevel` and above.
  case log(LogLevel, LogLine)
  /// The end of a ping that was begun with `switchPing`.
  case switchPing(token: UInt32, SwitchPingResult)
  /// An answer to `ask`, or a step or the end of a search that was begun with a token.
  case router(RouterEffect)
  /// A neighbour came, went or moved.
  case peering(PeeringEvent)
}
