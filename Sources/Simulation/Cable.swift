/// A link between two simulated nodes.
final class Cable {
  let a: Int
  let b: Int
  var conditions: LinkConditions
  var isUp = true
  /// In microseconds: when the last frame that `a` sent, or `b`, has left.
  private var isFreeAt: (fromA: UInt64, fromB: UInt64) = (0, 0)

  init(_ a: Int, _ b: Int, _ conditions: LinkConditions) {
    self.a = a
    self.b = b
    self.conditions = conditions
  }

  /// Lets a frame of `byteCount` bytes wait for its turn; how many milliseconds it takes until it
  /// has left, nil if the queue is full.
  func queue(from number: Int, byteCount: Int, at now: UInt64) -> UInt64? {
    guard conditions.bandwidth > 0 else { return 0 }
    let microseconds = now * 1000
    let free = number == a ? isFreeAt.fromA : isFreeAt.fromB
    let start = max(free, microseconds)
    guard start - microseconds <= conditions.queueMilliseconds * 1000 else { return nil }
    let end = start + UInt64(byteCount) * 8000 / conditions.bandwidth
    if number == a { isFreeAt.fromA = end } else { isFreeAt.fromB = end }
    return (end - microseconds + 999) / 1000
  }
}
