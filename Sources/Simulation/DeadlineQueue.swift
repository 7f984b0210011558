import Bytes

/// When each of a row of nodes wants to be woken: a binary heap that knows where everybody is.
/// Those of the same instant come in the order of their numbers.
struct DeadlineQueue {
  private var deadlines: [Instant] = []
  private var heap: [Int32] = []
  /// Where in the heap each is.
  private var places: [Int32] = []

  var count: Int { deadlines.count }

  /// Adds the next number, with no deadline.
  mutating func append() {
    places.append(Int32(heap.count))
    heap.append(Int32(deadlines.count))
    deadlines.append(.never)
  }

  /// Who is first, and when; nil if there is nobody.
  var first: (number: Int, deadline: Instant)? {
    guard let number = heap.first else { return nil }
    return (Int(number), deadlines[Int(number)])
  }

  mutating func set(_ number: Int, _ deadline: Instant) {
    let old = deadlines[number]
    guard deadline != old else { return }
    deadlines[number] = deadline
    if deadline < old { rise(Int(places[number])) } else { sink(Int(places[number])) }
  }

  private func isBefore(_ a: Int, _ b: Int) -> Bool {
    let x = deadlines[Int(heap[a])]
    let y = deadlines[Int(heap[b])]
    return x == y ? heap[a] < heap[b] : x < y
  }

  private mutating func swap(_ a: Int, _ b: Int) {
    heap.swapAt(a, b)
    places[Int(heap[a])] = Int32(a)
    places[Int(heap[b])] = Int32(b)
  }

  private mutating func rise(_ start: Int) {
    var i = start
    while i > 0, isBefore(i, (i - 1) / 2) {
      swap(i, (i - 1) / 2)
      i = (i - 1) / 2
    }
  }

  private mutating func sink(_ start: Int) {
    var i = start
    while true {
      var least = i
      if 2 * i + 1 < heap.count, isBefore(2 * i + 1, least) { least = 2 * i + 1 }
      if 2 * i + 2 < heap.count, isBefore(2 * i + 2, least) { least = 2 * i + 2 }
      if least == i { return }
      swap(i, least)
      i = least
    }
  }
}
