import CSystem

/// A file that is opened once, before the process loses the right to, and rewritten in place: the
/// folder may be out of reach by then. Whoever reads it must notice when only a part was written.
public final class StateFile {
  private let descriptor: Int32

  /// Opens the file at `path`, and makes it if it is missing. `.invalid`: it is no plain file.
  public init(path: [UInt8]) throws(SystemError) {
    descriptor = try checked(cs_state_open(path, path.count))
  }

  deinit { cs_close(descriptor) }

  /// What it holds, at most `limit` bytes; to be called once.
  public func read(limit: Int) throws(SystemError) -> [UInt8] {
    var content: UnsafeMutablePointer<UInt8>?
    var count = 0
    try checked(cs_read_all(descriptor, limit, &content, &count))
    defer { cs_free(content) }
    return [UInt8](UnsafeBufferPointer(start: content, count: count))
  }

  /// Replaces what it holds.
  public func write(_ content: [UInt8]) throws(SystemError) {
    try checked(cs_rewrite(descriptor, content, content.count))
  }
}
