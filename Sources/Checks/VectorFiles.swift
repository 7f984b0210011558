extension VectorFile {
  /// All files that are checked, one line each.
  public static var all: [VectorFile] {
    []
  }
}
