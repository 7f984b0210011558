import Bytes
import Switching

/// What a router wants done or known.
public enum RouterEffect: Sendable {
  /// Send this message (it goes behind a `DataHeader.routerMessage`) through the end-to-end
  /// session with that node; it may ride in handshake packets. A query is to be answered.
  case send([UInt8], to: Route, isQuery: Bool)
  /// A path is known to lead to that node.
  case route(Route, RouteQuality)
  case searchEnded(IPv6Address, found: Bool)
  /// One answer of a search that was begun with a token other than 0.
  case searchStep(token: UInt32, from: Route, milliseconds: UInt64, nodes: [Route])
  case searchDone(token: UInt32)
  /// The answer to `ask`; `nodes` are reached by their labels from here.
  case answered(
    token: UInt32, from: Route, milliseconds: UInt64, nodes: [Route], scheme: EncodingScheme?)
  case unanswered(token: UInt32, milliseconds: UInt64)
}
