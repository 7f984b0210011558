import Bytes
import Testing
import Wire

@Suite struct OutboxTests {
  @Test func `departures leave in order, and a full box drops and counts`() throws {
    let pool = FramePool(frameCount: 6)
    do {
      var outbox = Outbox(capacity: 3)
      for round in 0..<3 {
        for number in 0..<4 {
          var frame = pool.take()!
          frame.append([UInt8(number)].span)
          outbox.push(frame, to: number == 0 ? .tun : .link(number, LinkAddress()))
        }
        let dropped = outbox.droppedCount
        #expect(dropped == UInt64(round + 1))
        for number in 0..<3 {
          let departure = outbox.pop()!
          let first = departure.frame.span[0]
          #expect(first == UInt8(number))
          #expect(
            departure.destination == (number == 0 ? .tun : .link(number, LinkAddress())))
        }
        let isEmpty = outbox.isEmpty
        #expect(isEmpty)
      }
      outbox.push(pool.take()!, to: .tun)
    }
    #expect(pool.availableCount == 6)
  }
}
