import Bytes
import Cryptography
import Node
import Peering
import Testing

@testable import Simulation

@Suite struct EngineTests {
  @Test func `deadlines come in order, those of one instant by number`() {
    let random = SeededEntropy(seed: 7)
    var queue = DeadlineQueue()
    var model: [Instant] = []
    for _ in 0..<50 {
      queue.append()
      model.append(.never)
    }
    for _ in 0..<2000 {
      let number = Int(random.random(below: 50))
      let time =
        random.random(below: 10) == 0
        ? Instant.never : Instant(milliseconds: random.random(below: 100))
      queue.set(number, time)
      model[number] = time
      let least = model.indices.min { (model[$0], $0) < (model[$1], $1) }
      #expect(queue.first?.number == least)
      #expect(queue.first?.deadline == least.map { model[$0] })
    }
  }

  @Test func `the agenda keeps time and, within it, order`() {
    let random = SeededEntropy(seed: 8)
    var agenda = Agenda()
    for i in 0..<300 {
      agenda.insert(.stop(i), at: Instant(milliseconds: random.random(below: 20)))
    }
    var taken: [Int] = []
    var last = -1
    for time in 0..<UInt64(20) {
      last = -1
      while case .stop(let number) = agenda.take(at: Instant(milliseconds: time)) {
        #expect(number > last)
        last = number
        taken.append(number)
      }
    }
    #expect(taken.sorted() == Array(0..<300))
    #expect(agenda.nextTime == .never)
  }

  @Test func `what is planned happens, and when`() {
    let network = Network(.line(3), seed: 9)
    network.plan(.start(1), in: 3000)
    network.plan(.cut(0, 1), in: 2000)
    network.plan(.stop(1), in: 1000)
    network.run(for: 999)
    #expect(network.nodes[1].isOn)
    network.run(for: 1)
    #expect(!network.nodes[1].isOn && network.links.count == 2)
    network.run(for: 1500)
    #expect(network.links.count == 1)
    network.run(for: 500)
    #expect(network.nodes[1].isOn && network.nodes[1].changeCount == 2)
  }

  @Test func `who is renumbered has its neighbours in other slots`() {
    let network = Network(.random(12, extra: 8), seed: 10)
    network.run(for: 5000)
    let hub = (0..<12).max { Truth(network).linkCount(of: $0) < Truth(network).linkCount(of: $1) }!
    func slots() -> [Int: Int] {
      var slots: [Int: Int] = [:]
      for position in 0..<network.nodes[hub].node.peerCount {
        guard
          let record = network.nodes[hub].node.peerRecord(at: position, now: network.now),
          let slot = record.slot, let number = network.number(of: record.linkAddress)
        else { continue }
        slots[number] = slot
      }
      return slots
    }
    let before = slots()
    #expect(before.count == Truth(network).linkCount(of: hub))
    network.apply(.renumber(hub))
    network.run(for: 5000)
    #expect(Set(slots().keys) == Set(before.keys))
    #expect(slots() != before)
  }

  @Test func `a link that carries little makes frames wait, and drops them when many do`() {
    // 1000 bytes take 80 ms.
    let cable = Cable(0, 1, LinkConditions(bandwidth: 100, queueMilliseconds: 200))
    let waits = (0..<4).map { _ in cable.queue(from: 0, byteCount: 1000, at: 0) }
    #expect(waits == [80, 160, 240, nil])
    #expect(cable.queue(from: 1, byteCount: 1000, at: 0) == 80)
    #expect(cable.queue(from: 0, byteCount: 1000, at: 1000) == 80)
  }
}
