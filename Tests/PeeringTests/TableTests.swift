import Bytes
import Cryptography
import Switching
import Testing
import Wire

@testable import Peering

@Suite struct TableTests {
  private func address(_ number: UInt64) -> LinkAddress {
    .ipv4(
      10, UInt8(number >> 16 & 255), UInt8(number >> 8 & 255), UInt8(number & 255),
      port: UInt16(truncatingIfNeeded: number >> 20))
  }

  @Test(arguments: [1, 2, 3, 4, 5, 6, 7, 8] as [UInt64])
  func `the address index does what a dictionary does`(seed: UInt64) {
    let random = SeededEntropy(seed: seed)
    var index = AddressIndex(capacity: 64, seed: random.next())
    var model: [UInt64: Int] = [:]
    for step in 0..<20_000 {
      let key = random.random(below: 200)
      if let peer = model[key] {
        let found1 = index.find(0, address(key))
        #expect(found1 == peer)
        if step % 3 == 0 {
          index.remove(0, address(key))
          model[key] = nil
        }
      } else {
        let found2 = index.find(0, address(key))
        #expect(found2 == nil)
        if model.count < 64 {
          index.insert(0, address(key), peer: step)
          model[key] = step
        }
      }
      index.remove(0, address(1000 + key))
    }
    for (key, peer) in model {
      let found = index.find(0, address(key))
      #expect(found == peer)
    }
  }

  @Test func `the same address on two links is two peers`() {
    var index = AddressIndex(capacity: 4, seed: 1)
    index.insert(0, address(1), peer: 10)
    index.insert(1, address(1), peer: 11)
    let found3 = index.find(0, address(1))
    #expect(found3 == 10)
    let found4 = index.find(1, address(1))
    #expect(found4 == 11)
    index.remove(0, address(1))
    let found5 = index.find(0, address(1))
    #expect(found5 == nil)
    let found6 = index.find(1, address(1))
    #expect(found6 == 11)
  }

  @Test func `slots are given from below, without the router's own`() {
    var slots = SlotAllocator(restMilliseconds: 1000)
    let now = Instant(milliseconds: 5)
    let found7 = slots.allot(at: now)
    #expect(found7 == 0)
    for expected in 2...256 {
      let slot = slots.allot(at: now)
      #expect(slot == expected)
    }
    let found8 = slots.allot(at: now)
    #expect(found8 == nil)
    let count = slots.count
    #expect(count == 256)
  }

  @Test func `a freed slot rests while another of its width is free`() {
    var slots = SlotAllocator(restMilliseconds: 1000)
    var now = Instant(milliseconds: 5)
    for _ in 0..<6 { _ = slots.allot(at: now) }
    slots.free(2, at: now)
    let found9 = slots.allot(at: now)
    #expect(found9 == 7)
    // All others of four bits are taken: a rested width beats a rested number.
    let found10 = slots.allot(at: now)
    #expect(found10 == 2)
    slots.free(0, at: now)
    slots.free(3, at: now + 10)
    let found11 = slots.allot(at: now + 20)
    #expect(found11 == 0)
    now = now + 2000
    let found12 = slots.allot(at: now)
    #expect(found12 == 3)
    let found13 = slots.allot(at: now)
    #expect(found13 == 8)
  }

  @Test func `the same wishes give the same slots in any order, unless two are alike`() {
    let now = Instant(milliseconds: 5)
    let wishes: [UInt32] = [0, 1, 2, 3, 4, 5, 6]
    var first = SlotAllocator(restMilliseconds: 1000)
    let forwards = wishes.map { first.allot(wish: $0 + 70, at: now) }
    var second = SlotAllocator(restMilliseconds: 1000)
    let backwards = wishes.reversed().map { second.allot(wish: $0 + 7, at: now) }
    #expect(forwards == backwards.reversed())
    #expect(Set(forwards) == [0, 2, 3, 4, 5, 6, 7])
    let next = first.allot(wish: 3, at: now)
    #expect(next == 8)
    var third = SlotAllocator(restMilliseconds: 1000)
    let taken = third.allot(wish: 5, at: now)
    let other = third.allot(wish: 12, at: now)
    #expect(taken == 6 && other == 0)
    third.free(6, at: now)
    // It rests, as ever, but for who had it.
    let later = third.allot(wish: 19, at: now)
    #expect(later == 2)
    let again = third.allot(wish: 5, at: now + 1)
    #expect(again == 6)
    let twin = third.allot(wish: 5, at: now + 1)
    #expect(twin == 3)
  }

  @Test func `slots of an earlier life are kept, and given to others last`() {
    let now = Instant(milliseconds: 5)
    var slots = SlotAllocator(restMilliseconds: 1000)
    var before = PeeringMemory().owners
    before[200] = 99
    before[0] = 7
    // The router's own: nobody can have had it.
    before[1] = 11
    slots.keep(for: before, at: now)
    for slot in 2...7 {
      let given = slots.allot(at: now)
      #expect(given == slot)
    }
    let known = slots.allot(wish: 99, at: now)
    let first = slots.allot(wish: 7, at: now)
    let stranger = slots.allot(wish: 11, at: now)
    #expect(known == 200 && first == 0 && stranger == 8)
    let owners = slots.owners
    #expect(owners[200] == 99 && owners[0] == 7 && owners[8] == 11)
    let count = owners.count { $0 != 0 }
    #expect(count == 3)
  }

  @Test func `a one-hop label in its shortest form names its slot`() throws {
    for slot in 0...256 where slot != 1 {
      let label = try #require(EncodingScheme.v358.label(slot: slot))
      #expect(SlotAllocator.slot(of: label) == slot)
      #expect(SlotAllocator.slot(of: Label(label.bits << 4 | 3)) == nil)
    }
    #expect(SlotAllocator.slot(of: Label(0)) == nil)
    #expect(SlotAllocator.slot(of: Label(.max)) == nil)
    #expect(SlotAllocator.slot(of: Label(0x8000_0000_0000_0001)) == nil)
  }

  @Test func `a bucket gives its burst and then its rate`() {
    var bucket = TokenBucket(burst: 3, at: Instant(milliseconds: 0))
    func take(_ at: UInt64) -> Bool {
      bucket.take(perSecond: 2, burst: 3, at: Instant(milliseconds: at))
    }
    #expect([take(0), take(0), take(0), take(0)] == [true, true, true, false])
    #expect(!take(499))
    #expect(take(500))
    #expect(!take(500))
    #expect(take(.max / 2))
    #expect(take(.max / 2))
    #expect(take(0))
    #expect(!take(0))
  }

  @Test func `a keep-alive is answered once, in time, with all of its numbers`() {
    let entropy = SeededEntropy(seed: 1)
    var pings = KeepAlive()
    let now = Instant(milliseconds: 100)
    func end(_ data: FixedBytes<24>, byteCount: Int = 24, _ at: Instant) -> UInt64? {
      pings.end(data.span.extracting(0..<byteCount), at: at)
    }
    func isKeepAlive(_ data: FixedBytes<24>, byteCount: Int = 24) -> Bool {
      KeepAlive.isKeepAlive(data.span.extracting(0..<byteCount))
    }
    var data = pings.begin(handle: 7, at: now, entropy: entropy)
    #expect(isKeepAlive(data))
    #expect(end(data, now + 30) == 30)
    #expect(end(data, now + 31) == nil)
    data = pings.begin(handle: 8, at: now, entropy: entropy)
    #expect(end(data, now + 2049) == nil)
    for position in 0..<12 {
      data = pings.begin(handle: 9, at: now, entropy: entropy)
      data[position] ^= 1
      #expect(end(data, now) == nil)
    }
    data = pings.begin(handle: 10, at: now, entropy: entropy)
    #expect(end(data, byteCount: 23, now) == nil)
    data[23] ^= 1
    #expect(!isKeepAlive(data))
    #expect(!isKeepAlive(data, byteCount: 11))
  }
}
