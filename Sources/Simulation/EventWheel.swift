import Bytes

/// Frames on their way, by the millisecond of their arrival; those of one millisecond in the order
/// of sending. None may be on its way for `span` milliseconds or more.
struct EventWheel {
  struct Event {
    var from: Int32
    var to: Int32
    var frame: [UInt8]
  }

  /// A power of two.
  static var span: UInt64 { 16384 }

  private var slots: [[Event]] = Array(repeating: [], count: Int(span))
  private(set) var count = 0

  mutating func insert(_ event: Event, at time: Instant, now: Instant) {
    precondition(time.since(now) < Self.span, "a frame takes too long")
    slots[Int(time.milliseconds % Self.span)].append(event)
    count += 1
  }

  /// The first arrival from `now` on, `limit` at the latest.
  func next(from now: Instant, until limit: Instant) -> Instant {
    guard count > 0 else { return limit }
    var time = now
    while time < limit, slots[Int(time.milliseconds % Self.span)].isEmpty { time = time + 1 }
    return time
  }

  /// What arrives at `now`, taken out.
  mutating func take(at now: Instant) -> [Event] {
    let slot = Int(now.milliseconds % Self.span)
    let events = slots[slot]
    guard !events.isEmpty else { return events }
    slots[slot] = []
    count -= events.count
    return events
  }
}
