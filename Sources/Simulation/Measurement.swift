/// One number that a check found, and what it should be.
public struct Measurement: Equatable, Sendable {
  public enum Goal: Equatable, Sendable {
    case atMost(Double)
    case atLeast(Double)
  }

  public var name: String
  /// nil if there was nothing to measure.
  public var value: Double?
  /// Empty for counts.
  public var unit: String
  public var goal: Goal?

  public init(_ name: String, _ value: Double?, _ unit: String = "", goal: Goal? = nil) {
    self.name = name
    self.value = value
    self.unit = unit
    self.goal = goal
  }

  init(
    _ name: String, _ value: UInt64?, _ unit: String = "", per scale: Double = 1, goal: Goal? = nil
  ) {
    self.init(name, value.map { Double($0) / scale }, unit, goal: goal)
  }

  init(_ name: String, _ value: Int, _ unit: String = "", goal: Goal? = nil) {
    self.init(name, Double(value), unit, goal: goal)
  }

  /// False if there is a goal and it is missed; nothing measured misses none.
  public var isGood: Bool {
    guard let value else { return true }
    return switch goal {
    case .atMost(let limit): value <= limit
    case .atLeast(let limit): value >= limit
    case nil: true
    }
  }
}
