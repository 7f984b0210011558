/// The last few paths to a node of which something is remembered: that users' packets along them
/// got none back, though questions were answered, or that copies went along them. They are
/// remembered longer than the paths themselves: what is of no use must not come back as something
/// new.
///
/// ```
/// | label, 64 bits | ... | the oldest is overwritten
/// ```
public struct RememberedPaths: Sendable {
  public static var capacity: Int { 4 }

  private var labels = InlineArray<4, UInt64>(repeating: 0)
  public private(set) var count = 0
  private var next = 0

  public init() {}

  public subscript(index: Int) -> UInt64 { labels[index] }

  public func contains(_ label: UInt64) -> Bool { index(of: label) != nil }

  private func index(of label: UInt64) -> Int? {
    for i in 0..<count where labels[i] == label { return i }
    return nil
  }

  mutating func insert(_ label: UInt64) {
    guard !contains(label) else { return }
    labels[next] = label
    next = (next + 1) % Self.capacity
    count = min(count + 1, Self.capacity)
  }

  /// True if it was one of them.
  mutating func remove(_ label: UInt64) -> Bool {
    guard let i = index(of: label) else { return false }
    count -= 1
    labels[i] = labels[count]
    next = count
    return true
  }

  mutating func removeAll() {
    count = 0
    next = 0
  }
}
