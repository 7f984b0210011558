/// A configuration text as a tree: a cjdroute.conf, read in one of the two levels of strictness, or
/// the settings of an OpenWrt box, which have one.
public struct ConfigurationDocument: Sendable {
  /// Longer texts are refused unread.
  public static var byteCountMax: Int { 1 << 20 }

  /// The outermost dict.
  public let root: ConfigurationValue
  /// False if only the relaxed reader took it.
  public let isStrict: Bool
  /// One for each key that was given twice, or section that is unknown.
  public let notes: [ConfigurationNote]

  /// Reads `text` strictly; if that fails, and it does not claim `"version": 2` or more, relaxed.
  /// If neither can, the error is the one that stands in the way of both.
  public init(_ text: Span<UInt8>) throws(ConfigurationError) {
    guard text.count <= Self.byteCountMax else {
      throw ConfigurationError(
        at: TextPosition(), key: [],
        message: ConfigurationRemark.message("the configuration is longer than 1 MiB"))
    }
    if UCITranslator.reads(text) {
      var translator = UCITranslator(text)
      let translation = translator.translate()
      if let error = translator.error { throw error }
      var reader = SyntaxReader(translation.span, isStrict: false, isMarked: true)
      root = reader.document()
      isStrict = true
      notes = translator.notes + reader.duplicates
      return
    }
    var reader = SyntaxReader(text, isStrict: true)
    var root = reader.document()
    let strictError = reader.error
    if strictError != nil {
      reader = SyntaxReader(text, isStrict: false)
      root = reader.document()
      if let error = reader.error { throw error }
      if let strictError, Self.version(of: root) >= 2 { throw strictError }
    }
    self.root = root
    isStrict = strictError == nil
    notes = reader.duplicates
  }

  private static func version(of root: ConfigurationValue) -> Int64 {
    guard case .dict(let entries) = root.content else { return 0 }
    for entry in entries where entry.key.isText("version") {
      if case .integer(let version) = entry.value.content { return version }
    }
    return 0
  }
}
