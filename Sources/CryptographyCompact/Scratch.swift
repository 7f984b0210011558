/// Memory for what must not outlive its use.
enum Scratch {
  /// Lends `count` words on the stack (at most 1 kB), with anything in them, and wipes them after
  /// `body`.
  @inline(__always)
  static func lend<Word: FixedWidthInteger, Result>(
    _ count: Int, _ type: Word.Type, _ body: (UnsafeMutablePointer<Word>) -> Result
  ) -> Result {
    withUnsafeTemporaryAllocation(of: Word.self, capacity: count) { buffer in
      let start = buffer.baseAddress!
      defer { wipe(start, count) }
      return body(start)
    }
  }

  /// Overwrites `count` words with zeros that the optimiser cannot see to be useless.
  @inline(__always)
  static func wipe<Word: FixedWidthInteger>(_ start: UnsafeMutablePointer<Word>, _ count: Int) {
    start.update(repeating: 0, count: count)
    observe(start)
  }

  /// Does nothing, but no caller may assume so: what was stored before a call has to be stored.
  @inline(never) @_optimize(none)
  private static func observe(_ memory: UnsafeMutableRawPointer) {}
}
