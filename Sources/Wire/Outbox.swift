import Bytes

/// Frames that a node wants sent, oldest first. The driver empties it after each batch.
public struct Outbox: ~Copyable {
  private let storage: UnsafeMutablePointer<Departure>
  private var head = 0
  public private(set) var count = 0
  public let capacity: Int
  /// Frames that found the box full and were dropped.
  public private(set) var droppedCount: UInt64 = 0

  public init(capacity: Int) {
    precondition(capacity > 0)
    self.capacity = capacity
    storage = .allocate(capacity: capacity)
  }

  deinit {
    for i in 0..<count { (storage + (head + i) % capacity).deinitialize(count: 1) }
    storage.deallocate()
  }

  public var isEmpty: Bool { count == 0 }

  /// Appends `frame`; when the box is full the frame is dropped and counted.
  @_optimize(speed)
  public mutating func push(
    _ frame: consuming FrameBuffer, to destination: Departure.Destination
  ) {
    guard count < capacity else {
      droppedCount += 1
      return
    }
    var index = head + count
    if index >= capacity { index -= capacity }
    (storage + index).initialize(to: Departure(frame, to: destination))
    count += 1
  }

  /// Takes the oldest departure out.
  @_optimize(speed)
  public mutating func pop() -> Departure? {
    guard count > 0 else { return nil }
    let departure = (storage + head).move()
    head += 1
    if head == capacity { head = 0 }
    count -= 1
    return departure
  }
}
