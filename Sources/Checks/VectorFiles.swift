extension VectorFile {
  /// All files that are checked, one line each.
  public static var all: [VectorFile] {
    [
      VectorFile("links-kbps.json", PeeringVectors.rates)
    ]
  }
}
