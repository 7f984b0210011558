/// A bounded first-in, first-out queue of frames.
public struct FrameQueue: ~Copyable {
  private let storage: UnsafeMutablePointer<FrameBuffer>
  private var head = 0
  public private(set) var count = 0
  public let capacity: Int

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
  public var isFull: Bool { count == capacity }

  /// Appends `frame`; when full, drops it and answers false.
  @discardableResult
  public mutating func push(_ frame: consuming FrameBuffer) -> Bool {
    guard count < capacity else { return false }
    (storage + (head + count) % capacity).initialize(to: frame)
    count += 1
    return true
  }

  /// Takes the oldest frame out.
  public mutating func pop() -> FrameBuffer? {
    guard count > 0 else { return nil }
    let frame = (storage + head).move()
    head = (head + 1) % capacity
    count -= 1
    return frame
  }
}
