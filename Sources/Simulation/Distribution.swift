/// Measured values, in order.
public struct Distribution: Equatable, Sendable {
  public let values: [UInt64]

  public init(_ values: [UInt64]) { self.values = values.sorted() }

  public var count: Int { values.count }
  public var median: UInt64? { quantile(permille: 500) }
  public var largest: UInt64? { values.last }

  /// The least value that at least so many thousandths of all do not exceed; nil if there is none.
  public func quantile(permille: Int) -> UInt64? {
    guard !values.isEmpty else { return nil }
    return values[max(0, (values.count * permille + 999) / 1000 - 1)]
  }

  /// How many thousandths of the values are `limit` or less.
  public func permille(atMost limit: UInt64) -> Int {
    values.isEmpty ? 0 : values.count { $0 <= limit } * 1000 / values.count
  }
}
