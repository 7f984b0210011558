import Glibc

/// The machine that the simulation runs on.
enum Machine {
  static var arguments: [String] { Array(CommandLine.arguments.dropFirst()) }

  static var seconds: Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }

  /// Bytes of memory that this process holds; nil if the system does not say.
  static var memory: Int? {
    guard let text = read("/proc/self/statm") else { return nil }
    let words = text.split(separator: " ")
    return words.count > 1 ? Int(words[1]).map { $0 * Int(getpagesize()) } : nil
  }

  static var errorIsTerminal: Bool { isatty(STDERR_FILENO) == 1 }

  private static func read(_ path: String) -> String? {
    guard let file = fopen(path, "r") else { return nil }
    defer { fclose(file) }
    var bytes = [UInt8](repeating: 0, count: 4096)
    let count = fread(&bytes, 1, bytes.count, file)
    return String(decoding: bytes[..<count], as: UTF8.self)
  }

  /// Writes `text` to standard error at once.
  static func tell(_ text: String) {
    let bytes = Array(text.utf8)
    _ = Glibc.write(STDERR_FILENO, bytes, bytes.count)
  }

  /// Writes or adds to a file; `-` is standard output. False if that was not possible.
  static func write(_ text: String, to path: String, adding: Bool = false) -> Bool {
    if path == "-" {
      print(text, terminator: "")
      return true
    }
    guard let file = fopen(path, adding ? "a" : "w") else { return false }
    let isWritten = fputs(text, file) >= 0
    return fclose(file) == 0 && isWritten
  }

  static func isEmpty(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) != 0 || status.st_size == 0
  }

  static func leave(_ status: Int32) -> Never { exit(status) }
}
