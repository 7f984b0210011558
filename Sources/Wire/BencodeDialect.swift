/// How liberal a reader of bencode is.
public struct BencodeDialect: Sendable {
  /// Zeros in front of numbers and string lengths, `i-0e`, and numbers beyond 64 bits are taken.
  /// (Zeros in front of the outermost dictionary's first key length are taken by all: they are
  /// padding.)
  public var isLax: Bool
  /// Bytes behind the closing `e` are ignored.
  public var ignoresTrailingBytes: Bool
  /// Deepest nesting below the outermost dictionary.
  public var depthMax: Int

  public init(isLax: Bool, ignoresTrailingBytes: Bool, depthMax: Int = 32) {
    self.isLax = isLax
    self.ignoresTrailingBytes = ignoresTrailingBytes
    self.depthMax = depthMax
  }

  /// Requests of the admin interface (admin.md section 2).
  public static var admin: BencodeDialect {
    BencodeDialect(isLax: false, ignoresTrailingBytes: false)
  }
  /// Messages between routers (routing.md section 4).
  public static var router: BencodeDialect {
    BencodeDialect(isLax: true, ignoresTrailingBytes: true)
  }
}
