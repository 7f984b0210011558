/// Habits of the original (routing.md sections 11 to 15) that a simulated node can be given, to
/// compare them with what we do instead. Nodes that ship have none: what asks for them there is
/// compiled away.
public struct RoutingHabits: OptionSet, Sendable {
  public let rawValue: UInt8

  @inlinable @inline(__always)
  public init(rawValue: UInt8) { self.rawValue = rawValue }

  /// A search asks one node at a time, and follows nothing but the last entry of an answer, if
  /// that is nearer to the target than whoever answered. It ends at the target.
  @inlinable public static var search: RoutingHabits { RoutingHabits(rawValue: 1) }
  /// A path costs as much as it has hops, however long they take; the last link of a path has the
  /// blame for all that goes wrong on it.
  @inlinable public static var cost: RoutingHabits { RoutingHabits(rawValue: 2) }
  /// In each second one link, one node and one place of the key space is asked for something, and
  /// links are inferred from the paths of the answers.
  @inlinable public static var janitor: RoutingHabits { RoutingHabits(rawValue: 4) }
  /// A session chooses its path by the kind and age of what speaks for it, and does nothing about
  /// silence: it ends when no path of it was confirmed for two minutes.
  @inlinable public static var sessions: RoutingHabits { RoutingHabits(rawValue: 8) }
  /// One packet waits for each destination, until the router tells a path when there are keys.
  @inlinable public static var packets: RoutingHabits { RoutingHabits(rawValue: 16) }
  @inlinable public static var all: RoutingHabits { RoutingHabits(rawValue: 31) }

  #if APPLIANCE
    @inlinable @inline(__always)
    public func contains(_ habit: RoutingHabits) -> Bool { false }
  #endif
}
