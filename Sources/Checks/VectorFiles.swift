extension VectorFile {
  /// All files that are checked, one line each.
  public static var all: [VectorFile] {
    [
      VectorFile("links-kbps.json", PeeringVectors.rates),
      VectorFile("conf-parse.json", SettingsVectors.syntax),
      VectorFile("conf-startup-v20.7.json", SettingsVectors.startup),
      VectorFile("conf-genconf-seed.json", SettingsVectors.seeds),
    ]
  }
}
