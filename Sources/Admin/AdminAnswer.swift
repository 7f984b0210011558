import Bytes
import Wire

/// A reply, as a client reads it, or a dictionary in one. What is missing or of another type than
/// asked for is empty.
public final class AdminAnswer {
  private let bytes: [UInt8]

  public init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// Why it was not done; nil if it was.
  public var error: [UInt8]? {
    let error = text("error")
    return error.isEmpty || BencodeReader.spells(error.span, "none") ? nil : error
  }

  @inline(never)
  public func text(_ key: StaticString) -> [UInt8] {
    let bytes = bytes
    let content = bytes.span
    guard let reader = try? BencodeReader(content, .admin),
      let range = reader.stringRange(key)
    else { return [] }
    return [UInt8](copying: reader.string(range))
  }

  @inline(never)
  public func number(_ key: StaticString) -> Int {
    let bytes = bytes
    let content = bytes.span
    guard let reader = try? BencodeReader(content, .admin) else { return 0 }
    return Int(truncatingIfNeeded: reader.integer(key) ?? 0)
  }

  /// The elements of a list of strings, or of dictionaries, each an answer of its own.
  @inline(never)
  public func elements(_ key: StaticString) -> [[UInt8]] {
    var elements: [[UInt8]] = []
    let bytes = bytes
    let content = bytes.span
    guard let reader = try? BencodeReader(content, .admin),
      case .list(let range)? = reader[key]
    else { return elements }
    reader.forEachElement(in: range) { value in
      switch value {
      case .string(let range), .dictionary(let range): elements.append([UInt8](bytes[range]))
      default: break
      }
    }
    return elements
  }
}
