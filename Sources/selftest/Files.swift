import Bytes
import CSystem

/// Arguments, files and output of this process.
enum Files {
  static var standardOutput: Int32 { 1 }
  static var standardError: Int32 { 2 }
  /// No vector file is longer.
  private static var byteCountMax: Int { 4 << 20 }

  /// The arguments of the process, its own name first.
  static var arguments: [[UInt8]] {
    var start: UnsafePointer<UInt8>?
    var count = 0
    cs_arguments(&start, &count)
    var arguments: [[UInt8]] = []
    var argument: [UInt8] = []
    for byte in UnsafeBufferPointer(start: start, count: count) {
      if byte == 0 {
        arguments.append(argument)
        argument = []
      } else {
        argument.append(byte)
      }
    }
    return arguments
  }

  /// All of a file; nil if it cannot be read.
  static func read(_ name: StaticString, in folder: [UInt8]) -> [UInt8]? {
    var path = ByteWriter()
    path.append(folder)
    path.append("/")
    path.append(name)
    var content: UnsafeMutablePointer<UInt8>?
    var count = 0
    guard cs_read_file(path.bytes, path.count, byteCountMax, &content, &count) >= 0 else {
      return nil
    }
    defer { cs_free(content) }
    return Array(UnsafeBufferPointer(start: content, count: count))
  }

  static func write(_ text: StaticString, to descriptor: Int32) {
    _ = cs_write_all(descriptor, text.utf8Start, text.utf8CodeUnitCount)
  }

  /// Writes `line` and a line feed to standard output.
  static func writeLine(_ line: [UInt8]) {
    _ = cs_write_all(standardOutput, line, line.count)
    write("\n", to: standardOutput)
  }

  static func exit(_ status: Int32) -> Never { cs_exit(status) }
}
