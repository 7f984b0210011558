import Bytes
import Testing

@testable import Routing

@Suite struct QueryBudgetTests {
  private func at(_ milliseconds: UInt64) -> Instant { Instant(milliseconds: milliseconds) }

  @Test func `what is given may be spent, and no more than the burst is kept`() {
    var budget = QueryBudget(interval: 1000, burst: 3, at: at(0))
    for _ in 0..<3 { budget.take(at: at(0)) }
    #expect(budget.available(at: at(0)) == at(1000))
    budget.give()
    #expect(budget.available(at: at(0)) == at(0))
    for _ in 0..<9 { budget.give() }
    var count = 0
    while budget.takeIfAny(at: at(0)) { count += 1 }
    #expect(count == 3)
  }
}
