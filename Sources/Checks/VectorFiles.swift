extension VectorFile {
  /// All files that are checked, one line each.
  public static var all: [VectorFile] {
    [
      VectorFile("crypto-legacy-transcripts.json", SessionVectors.transcripts),
      VectorFile("crypto-password.json", SessionVectors.passwords),
      VectorFile("crypto-replay.json", SessionVectors.replay),
      VectorFile("links-kbps.json", PeeringVectors.rates),
      VectorFile("conf-parse.json", SettingsVectors.syntax),
      VectorFile("conf-startup-v20.7.json", SettingsVectors.startup),
      VectorFile("conf-genconf-seed.json", SettingsVectors.seeds),
    ]
  }
}
