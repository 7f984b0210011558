import Bytes
import CSystem

/// This process: what it was started with, what it reads and writes, and how it goes on.
public enum Process {
  private static var input: Int32 { 0 }
  private static var output: Int32 { 1 }
  private static var complaints: Int32 { 2 }

  /// The arguments, the name of the program first.
  public static var arguments: [[UInt8]] {
    var bytes: UnsafePointer<UInt8>?
    var count = 0
    cs_arguments(&bytes, &count)
    var result: [[UInt8]] = []
    var argument: [UInt8] = []
    for i in 0..<count {
      guard let byte = bytes?[i], byte != 0 else {
        result.append(argument)
        argument = []
        continue
      }
      argument.append(byte)
    }
    return result
  }

  /// True if a person would have to type what is read.
  public static var inputIsTerminal: Bool { cs_is_terminal(input) }

  /// True if the output goes to the end of a file that holds something already.
  public static var outputIsFilledFile: Bool { cs_is_filled_file(output) }

  /// All of standard input, at most `limit` bytes.
  public static func readInput(limit: Int) throws(SystemError) -> [UInt8] {
    var content: UnsafeMutablePointer<UInt8>?
    var count = 0
    try checked(cs_read_all(input, limit, &content, &count))
    return take(content, count)
  }

  /// All of the file at `path`, at most `limit` bytes.
  public static func readFile(_ path: [UInt8], limit: Int) throws(SystemError) -> [UInt8] {
    var content: UnsafeMutablePointer<UInt8>?
    var count = 0
    try checked(cs_read_file(path, path.count, limit, &content, &count))
    return take(content, count)
  }

  /// What C has read, which is freed.
  private static func take(_ content: UnsafeMutablePointer<UInt8>?, _ count: Int) -> [UInt8] {
    let bytes = [UInt8](UnsafeBufferPointer(start: content, count: count))
    // It may hold a private key.
    if count > 0 { content?.update(repeating: 0, count: count) }
    cs_free(content)
    return bytes
  }

  /// Writes to standard output; false if nobody reads it any more.
  @discardableResult
  public static func write(_ text: [UInt8]) -> Bool { cs_write_all(output, text, text.count) == 0 }

  /// Writes at most 4096 bytes to standard output, unless that had to wait for who reads it: false.
  public static func writeNow(_ text: [UInt8]) -> Bool { cs_is_writable(output) && write(text) }

  /// Writes to standard error.
  public static func complain(_ text: [UInt8]) { cs_write_all(complaints, text, text.count) }

  public static func exit(_ status: UInt8) -> Never { cs_exit(Int32(status)) }

  public static var identifier: UInt64 { UInt64(cs_process_id()) }

  /// Bytes of memory in use; 0 if unknown.
  public static var residentByteCount: UInt64 { cs_resident_bytes() }

  /// Goes on in the background. The caller of the program waits for `ready`, or gets the status
  /// with which this process ends before.
  public static func goToBackground() throws(SystemError) -> Background {
    Background(report: try checked(cs_daemon_start()))
  }

  /// Has to be called before the process gives up the right to open files.
  public static func prepareOutput() { cs_output_prepare() }

  /// Lets go of standard error, and of standard output unless that is kept, so that who reads them
  /// sees their end.
  public static func closeOutput(except standardOutput: Bool) { cs_output_close(standardOutput) }

  /// The caller that waits.
  public struct Background {
    let report: Int32

    /// Tells it that the node runs.
    public func ready() { cs_daemon_ready(report) }
  }
}
