import Bytes
import Cryptography

/// Whether nodes that have not talked to each other reach each other, and how soon.
///
/// Each pair sends one packet, and it again until it is there, as TCP does; who gets it answers.
/// Pairs of which a node goes off meanwhile, or between which there is no path that fits a label,
/// do not count.
public struct Reachability {
  public struct Result: Equatable, Sendable {
    public var pairs: [Pair] = []
    /// Pairs that were drawn and have a path, and of these, those that have none that fits.
    public var connectedCount = 0
    public var beyondCount = 0
    /// Pairs that count for what was reached soon, and of these, those that were.
    public var soonPairCount = 0
    public var soonCount = 0
    /// The same of pairs that a label of `nearBits` can join.
    public var soonNearPairCount = 0
    public var soonNearCount = 0
    /// The same for what was reached at all.
    public var pairCount = 0
    public var reachedCount = 0
    /// Milliseconds to the first delivery; patience for those that were not reached.
    public var times = Distribution([])
    /// Pairs that were not reached.
    public var missed: [Pair] = []
  }

  private struct Attempt {
    var pair: Pair
    /// Of the shortest label.
    var bits: UInt64
    var start: Instant
    var next: Instant
    var arrival: Instant?
    var changeCount: Int
    /// A node has gone off, or the last path: before the packet should have been there, or
    /// before patience ended.
    var isSpoiltSoon = false
    var isSpoilt = false
  }

  public var pairCount: Int
  /// The pairs begin evenly in so many milliseconds.
  public var window: UInt64
  public var seed: UInt64
  public var soon: UInt64 = 2000
  public var patience: UInt64 = 30_000
  public var retry: UInt64 = 1000
  /// Labels that leave room for detours.
  public var nearBits: UInt64 = 40
  /// No pair has this node as an end, and each has a path that fits without it.
  public var avoided: Int?

  public init(pairCount: Int, window: UInt64 = 60_000, seed: UInt64) {
    self.pairCount = pairCount
    self.window = window
    self.seed = seed
  }

  public func check(_ network: Network) -> Result {
    var begun: [Attempt] = []
    // Those that have not arrived yet.
    var open: [Int] = []
    let random = SeededEntropy(seed: seed ^ 0x7265_6163_68)
    let start = network.now
    var result = Result()
    var truth = known(network)
    var truthChangeCount = network.changeCount
    var pairCount = pairCount
    while begun.count < pairCount || !open.isEmpty {
      if network.changeCount != truthChangeCount {
        truth = known(network)
        truthChangeCount = network.changeCount
        for number in open where !truth.fits(begun[number].pair.from, begun[number].pair.to) {
          spoil(&begun[number], at: network.now)
        }
      }
      // Who is on is known only when a pair begins.
      while begun.count < pairCount,
        network.now.since(start) >= window * UInt64(begun.count) / UInt64(pairCount)
      {
        guard let (pair, bits) = draw(network, truth, random, &result) else {
          pairCount = begun.count
          break
        }
        let attempt = Attempt(
          pair: pair, bits: bits, start: network.now, next: network.now,
          changeCount: changeCount(network, pair))
        open.append(begun.count)
        begun.append(attempt)
      }
      var next = Instant.never
      if begun.count < pairCount {
        next = start + window * UInt64(begun.count) / UInt64(pairCount)
      }
      for number in open {
        if begun[number].next <= network.now {
          let pair = begun[number].pair
          begun[number].next = network.now + retry
          if network.nodes[pair.from].isOn {
            network.send(
              from: pair.from, to: pair.to,
              payload: Probe(number: number, sentAt: begun[number].start).payload)
          }
        }
        next = min(next, begun[number].next)
      }
      network.run(for: max(1, next.since(network.now)))
      collect(network, &begun, open)
      open.removeAll { number in
        if changeCount(network, begun[number].pair) != begun[number].changeCount {
          spoil(&begun[number], at: network.now)
        }
        return begun[number].arrival != nil || network.now >= begun[number].start + patience
      }
    }
    take(begun, &result)
    return result
  }

  /// Who is out of the game is no part of what can be known.
  private func known(_ network: Network) -> Truth {
    var truth = Truth(network)
    if let avoided { truth.isolate(avoided) }
    return truth
  }

  /// A pair that has a path that fits, and its bits; nil if there are hardly any.
  private func draw(
    _ network: Network, _ truth: Truth, _ random: SeededEntropy, _ result: inout Result
  ) -> (pair: Pair, bits: UInt64)? {
    for _ in 0..<1000 {
      guard let pair = Pair.draw(1, network, random).first else { return nil }
      let bits = truth.bits(from: pair.from, to: pair.to)
      let isFit = bits != Truth.unreachable
      guard isFit || truth.connects(pair.from, pair.to) else { continue }
      result.connectedCount += 1
      if isFit { return (pair, bits) }
      result.beyondCount += 1
    }
    return nil
  }

  private func changeCount(_ network: Network, _ pair: Pair) -> Int {
    network.nodes[pair.from].changeCount + network.nodes[pair.to].changeCount
  }

  private func spoil(_ attempt: inout Attempt, at now: Instant) {
    guard attempt.arrival == nil else { return }
    attempt.isSpoilt = true
    if now <= attempt.start + soon + retry { attempt.isSpoiltSoon = true }
  }

  private func collect(_ network: Network, _ begun: inout [Attempt], _ open: [Int]) {
    for receiver in Set(open.map { begun[$0].pair.to }).sorted() {
      for delivery in network.nodes[receiver].deliveries {
        guard let probe = Probe(packet: delivery.packet), probe.number < begun.count,
          begun[probe.number].pair.to == receiver,
          begun[probe.number].start == probe.sentAt, begun[probe.number].arrival == nil
        else { continue }
        begun[probe.number].arrival = delivery.time
        network.send(from: receiver, to: begun[probe.number].pair.from, payload: probe.payload)
      }
      network.nodes[receiver].deliveries.removeAll()
    }
  }

  private func take(_ attempts: [Attempt], _ result: inout Result) {
    var times: [UInt64] = []
    for attempt in attempts {
      let time = attempt.arrival.map { $0.since(attempt.start) }
      if !attempt.isSpoiltSoon {
        result.soonPairCount += 1
        let isSoon = (time ?? .max) <= soon
        if isSoon { result.soonCount += 1 }
        if attempt.bits <= nearBits {
          result.soonNearPairCount += 1
          if isSoon { result.soonNearCount += 1 }
        }
      }
      guard !attempt.isSpoilt else { continue }
      result.pairs.append(attempt.pair)
      result.pairCount += 1
      times.append(time ?? patience)
      if time != nil { result.reachedCount += 1 } else { result.missed.append(attempt.pair) }
    }
    result.times = Distribution(times)
  }
}
