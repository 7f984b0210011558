import Bytes
import Wire

/// A request, as a client makes it: a function and its arguments.
public final class AdminOrder {
  private static var hashByteCount: Int { 64 }

  private let function: StaticString
  private var arguments = BencodeWriter()

  public init(_ function: StaticString) {
    self.function = function
    arguments.beginDictionary()
  }

  @inline(never)
  public func put(_ key: StaticString, _ value: Int) { arguments.append(key, Int64(value)) }

  /// Left out if there is none.
  @inline(never)
  public func put(_ key: StaticString, _ text: [UInt8]?) {
    if let text { arguments.append(key, text) }
  }

  @inline(never)
  public func put(_ key: StaticString, _ texts: [[UInt8]]) {
    arguments.append(key)
    arguments.beginList()
    for text in texts { arguments.append(text) }
    arguments.end()
  }

  /// The datagram of one who knows the password of the node and has this cookie of it.
  @inline(never)
  public func datagram(password: [UInt8], cookie: [UInt8]) -> [UInt8] {
    var all = BencodeWriter()
    all.beginDictionary()
    all.append("aq", function)
    all.append("args")
    var dictionary = arguments
    dictionary.end()
    all.append(encoded: dictionary.bytes.span)
    all.append("cookie", cookie)
    all.append("hash", [UInt8](repeating: 0, count: Self.hashByteCount))
    let end = all.count
    all.append("q", "auth")
    all.end()
    var datagram = all.bytes
    AdminAuthentication(password: password)
      .sign(&datagram, at: (end - Self.hashByteCount)..<end, cookie: cookie)
    return datagram
  }
}
