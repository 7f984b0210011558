import Bytes
import Cryptography

/// How long traffic stands still when its path is gone and another one exists.
///
/// In each round some pairs talk, then all of a sudden part of the network fails; what counts are
/// the flows (directions of pairs) that had their path there and still have another one that fits.
public struct Healing {
  public enum Cause: String, Sendable, CaseIterable {
    /// A link on the path of each pair is cut.
    case link
    /// A node on the path of each pair goes off.
    case node
    /// The node with the most links, of those that a path leads through, goes off.
    case hub
    /// That node restarts, and its neighbours get other slots.
    case renumbering
  }

  public struct Result: Equatable, Sendable {
    /// Milliseconds from the failure to the arrival of a packet that was sent after it; patience
    /// if there was none.
    public var gaps = Distribution([])
    public var lostCount = 0
  }

  public var cause: Cause
  public var roundCount: Int
  public var pairCount: Int
  public var seed: UInt64
  public var interval: UInt64 = 100
  public var settle: UInt64 = 5000
  public var patience: UInt64 = 30_000
  public var rest: UInt64 = 10_000

  public init(_ cause: Cause, roundCount: Int, pairCount: Int, seed: UInt64) {
    self.cause = cause
    self.roundCount = roundCount
    self.pairCount = pairCount
    self.seed = seed
  }

  public func check(_ network: Network) -> Result {
    let random = SeededEntropy(seed: seed ^ 0x6865_616c)
    var result = Result()
    var gaps: [UInt64] = []
    for _ in 0..<roundCount {
      let before = Truth(network)
      let pairs = Pair.draw(pairCount, network, random) { before.fits($0.from, $0.to) }
      var traffic = Traffic(pairs, interval: interval)
      traffic.run(network, for: settle)
      let paths = (0..<traffic.flowCount).map { number in
        let flow = traffic.flow(number)
        return Trace.nodes(network, from: flow.from, to: flow.to) ?? []
      }
      var truth = Truth(network)
      let failures = choose(traffic, paths, &truth, random)
      let affected = (0..<traffic.flowCount).filter { number in
        let flow = traffic.flow(number)
        return failures.contains { leads(paths[number], through: $0) }
          && truth.fits(flow.from, flow.to)
      }
      let failedAt = network.now
      traffic.mark(network)
      for failure in failures { network.apply(failure) }
      _ = traffic.run(network, for: patience) { traffic in
        affected.allSatisfy { traffic.firstArrivals[$0] != nil }
      }
      // Other slots may be wider than those before.
      let after = Truth(network)
      for number in affected {
        let flow = traffic.flow(number)
        guard cause != .renumbering || after.fits(flow.from, flow.to) else { continue }
        if let arrival = traffic.firstArrivals[number] {
          gaps.append(arrival.since(failedAt))
        } else {
          gaps.append(patience)
          result.lostCount += 1
        }
      }
      for failure in failures { mend(failure, network) }
      network.run(for: rest)
    }
    result.gaps = Distribution(gaps)
    return result
  }

  /// What fails, and `truth` without it.
  private func choose(
    _ traffic: Traffic, _ paths: [[Int]], _ truth: inout Truth, _ random: SeededEntropy
  ) -> [Disturbance] {
    let ends = Set(traffic.pairs.flatMap { [$0.from, $0.to] })
    let there = stride(from: 0, to: paths.count, by: 2).map { paths[$0] }
    var failures: [Disturbance] = []
    switch cause {
    case .link:
      for (pair, path) in zip(traffic.pairs, there) where path.count > 1 {
        let first = Int(random.random(below: UInt64(path.count - 1)))
        for offset in 0..<path.count - 1 {
          let i = (first + offset) % (path.count - 1)
          var rest = truth
          rest.cut(path[i], path[i + 1])
          guard rest.fits(pair.from, pair.to) else { continue }
          truth = rest
          failures.append(.cut(path[i], path[i + 1]))
          break
        }
      }
    case .node:
      for (pair, path) in zip(traffic.pairs, there) where path.count > 2 {
        let first = Int(random.random(below: UInt64(path.count - 2)))
        for offset in 0..<path.count - 2 {
          let number = path[1 + (first + offset) % (path.count - 2)]
          guard !ends.contains(number), !failures.contains(.stop(number)) else { continue }
          var rest = truth
          rest.isolate(number)
          guard rest.fits(pair.from, pair.to) else { continue }
          truth = rest
          failures.append(.stop(number))
          break
        }
      }
    case .hub, .renumbering:
      let inner = Set(paths.flatMap { $0.dropFirst().dropLast() }).subtracting(ends).sorted()
      let links = inner.map { truth.linkCount(of: $0) }
      guard let most = links.max(), let index = links.firstIndex(of: most) else { break }
      if cause == .hub {
        truth.isolate(inner[index])
        failures.append(.stop(inner[index]))
      } else {
        failures.append(.renumber(inner[index]))
      }
    }
    return failures
  }

  private func leads(_ path: [Int], through failure: Disturbance) -> Bool {
    switch failure {
    case .cut(let a, let b):
      zip(path, path.dropFirst()).contains { $0 == (a, b) || $0 == (b, a) }
    case .stop(let number), .renumber(let number): path.contains(number)
    case .start, .mend, .behave: false
    }
  }

  private func mend(_ failure: Disturbance, _ network: Network) {
    switch failure {
    case .cut(let a, let b): network.apply(.mend(a, b))
    case .stop(let number): network.apply(.start(number))
    case .renumber, .start, .mend, .behave: break
    }
  }
}
