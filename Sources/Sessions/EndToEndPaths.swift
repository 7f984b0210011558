import Bytes

/// The few paths to a node that are worth remembering.
public struct EndToEndPaths: Sendable {
  /// As many as the original keeps.
  public static var capacity: Int { 3 }
  /// Another path replaces the one in use only if it is better by this.
  private static var hysteresis: UInt64 { 3 }

  var paths = InlineArray<3, EndToEndPath>(
    repeating: EndToEndPath(label: 0, quality: .hearsay, validated: Instant(milliseconds: 0)))
  public internal(set) var count = 0
  var current = 0
  #if !APPLIANCE
    /// Whether the path is chosen as the original does it; for comparison, in simulations.
    public var areByClass = false
  #endif

  public init() {}

  public subscript(index: Int) -> EndToEndPath { paths[index] }

  /// The path in use; nil if there is none.
  public var best: EndToEndPath? { count > 0 ? paths[current] : nil }

  public func contains(_ label: UInt64) -> Bool { index(of: label) != nil }

  func index(of label: UInt64) -> Int? {
    for i in 0..<count where paths[i].label == label { return i }
    return nil
  }

  /// Something spoke for `label`. A path that is new displaces the worst, if it is better.
  public mutating func add(_ label: UInt64, _ quality: EndToEndPath.Quality, at now: Instant) {
    #if !APPLIANCE
      if areByClass { return addByClass(label, quality, at: now) }
    #endif
    let path = EndToEndPath(label: label, quality: quality, validated: now)
    if let i = index(of: label) {
      // What is only computed says nothing new about what works.
      if quality >= .table, paths[i].quality < quality || paths[i].isSuspect { return }
      paths[i].quality = paths[i].isSuspect ? quality : min(quality, paths[i].quality)
      paths[i].validated = now
      paths[i].isSuspect = false
    } else if count < Self.capacity {
      paths[count] = path
      count += 1
    } else {
      var worst = 0
      for i in 1..<count where paths[i].cost(at: now) > paths[worst].cost(at: now) { worst = i }
      guard path.cost(at: now) < paths[worst].cost(at: now) else { return }
      paths[worst] = path
    }
    choose(at: now)
  }

  /// An authentic packet came along `label`; cheap for the path in use.
  @inline(__always)
  public mutating func heard(_ label: UInt64, at now: Instant) {
    #if !APPLIANCE
      if areByClass { return addByClass(label, .hearsay, at: now) }
    #endif
    if count > 0, paths[current].label == label, !paths[current].isSuspect {
      paths[current].validated = now
    } else {
      add(label, .incoming, at: now)
    }
  }

  /// A packet along the path in use went unanswered: another one that proves itself first is used.
  public mutating func doubtBest() {
    guard count > 0 else { return }
    paths[current].isSuspect = true
  }

  /// Packets along the path in use went unanswered: the others are tried before it is again.
  public mutating func suspectBest(at now: Instant) {
    guard count > 0 else { return }
    paths[current].isSuspect = true
    paths[current].validated = now
    var oldest: Int?
    for i in 0..<count where paths[i].isSuspect && i != current {
      if let other = oldest, paths[other].validated <= paths[i].validated { continue }
      oldest = i
    }
    let before = current
    choose(at: now)
    // All are suspect: each in its turn.
    if current == before, let oldest { current = oldest }
  }

  /// `label` leads nowhere any more.
  public mutating func remove(_ label: UInt64, at now: Instant) {
    removeAll(at: now) { $0 == label }
  }

  /// Removes all paths whose label fulfils `condition`.
  public mutating func removeAll(at now: Instant, where condition: (UInt64) -> Bool) {
    var kept = 0
    for i in 0..<count where !condition(paths[i].label) {
      paths[kept] = paths[i]
      kept += 1
    }
    guard kept < count else { return }
    count = kept
    current = 0
    choose(at: now)
  }

  private mutating func choose(at now: Instant) {
    guard count > 0 else { return }
    #if !APPLIANCE
      if areByClass { return chooseByClass(at: now) }
    #endif
    if current >= count { current = 0 }
    for i in 0..<count
    where paths[i].cost(at: now) + Self.hysteresis < paths[current].cost(at: now) { current = i }
  }
}
