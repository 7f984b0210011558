import CSystem

/// Marks for the plugin in count.c: file descriptors that cannot be, closed.
enum Marks {
  private static var base: Int32 { 0x4bad_0000 }

  static func begin() { cs_close(base) }

  /// Ends what `begin` began; `number` says what that was.
  static func end(_ number: Int) { cs_close(base + Int32(truncatingIfNeeded: number)) }
}
