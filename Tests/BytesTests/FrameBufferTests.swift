import Bytes
import Testing

@Suite struct FrameBufferTests {
  @Test func `a new frame is empty and has the headroom that was asked for`() throws {
    let pool = FramePool(frameCount: 1)
    let frame = pool.take(headroom: 100)!
    let (count, headroom, tailroom) = (frame.count, frame.headroom, frame.tailroom)
    #expect(count == 0 && headroom == 100)
    #expect(tailroom == FramePool.slotByteCount - 100)
  }

  @Test func `what is pushed stands in front of what was appended`() throws {
    let pool = FramePool(frameCount: 1)
    var frame = pool.take()!
    frame.append([3, 4].span)
    frame.push(2)
    do {
      var bytes = frame.mutableSpan
      bytes[0] = 1
      bytes[1] = 2
    }
    #expect([UInt8](copying: frame.span) == [1, 2, 3, 4])
    frame.pull(1)
    frame.resize(to: 2)
    #expect([UInt8](copying: frame.span) == [2, 3])
  }

  @Test func `what does not fit is not appended`() throws {
    let pool = FramePool(frameCount: 1)
    var frame = pool.take(headroom: FramePool.slotByteCount - 3)!
    let fits = frame.append([1, 2, 3].span)
    let full = frame.append([4].span)
    let (count, tailroom) = (frame.count, frame.tailroom)
    #expect(fits && !full && count == 3 && tailroom == 0)
  }

  @Test func `a frame keeps its bytes through every push and pull within its bounds`() throws {
    var random = SeededGenerator(seed: 2)
    let pool = FramePool(frameCount: 1)
    for _ in 0..<50 {
      var frame = pool.take(headroom: 2000)!
      let content = (0..<100).map { _ in UInt8.random(in: 0...255, using: &random) }
      frame.append(content.span)
      for _ in 0..<40 {
        let byteCount = Int.random(in: 0...frame.headroom, using: &random)
        frame.push(byteCount)
        frame.pull(byteCount)
      }
      #expect([UInt8](copying: frame.span) == content)
    }
  }

  @Test func `a push beyond the headroom ends the process`() async {
    await #expect(processExitsWith: .failure) {
      let pool = FramePool(frameCount: 1)
      var frame = pool.take(headroom: 3)!
      frame.push(4)
    }
  }

  @Test func `a pull beyond the end ends the process`() async {
    await #expect(processExitsWith: .failure) {
      let pool = FramePool(frameCount: 1)
      var frame = pool.take()!
      frame.append([1].span)
      frame.pull(2)
    }
  }

  @Test func `a pool lends each slot once and takes it back`() throws {
    let pool = FramePool(frameCount: 3)
    do {
      let a = pool.take()!
      let b = pool.take()!
      let c = pool.take()!
      let isEmpty = pool.take() == nil
      let starts = [a.rawStart, b.rawStart, c.rawStart]
      #expect(isEmpty && pool.exhaustedCount == 1 && pool.availableCount == 0)
      #expect(Set(starts).count == 3)
    }
    #expect(pool.availableCount == 3)
  }

  @Test func `a queue gives frames back in order and drops what it cannot hold`() throws {
    let pool = FramePool(frameCount: 5)
    do {
      var queue = FrameQueue(capacity: 3)
      for round in 0..<3 {
        for number in 0..<4 {
          var frame = pool.take()!
          frame.append([UInt8(round * 10 + number)].span)
          let isTaken = queue.push(frame)
          #expect(isTaken == (number < 3))
        }
        let isFull = queue.isFull
        #expect(isFull)
        for number in 0..<3 {
          let frame = queue.pop()!
          let first = frame.span[0]
          #expect(first == UInt8(round * 10 + number))
        }
        let isEmpty = queue.isEmpty
        #expect(isEmpty)
      }
      var frame = pool.take()!
      frame.append([1].span)
      queue.push(frame)
    }
    #expect(pool.availableCount == 5)
  }
}
