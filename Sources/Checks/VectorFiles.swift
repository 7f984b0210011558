extension VectorFile {
  /// All files that are checked, one line each.
  public static var all: [VectorFile] {
    [
      VectorFile("admin-auth.json", AdminVectors.authentication),
      VectorFile("admin-bencode.json", BencodeVectors.admin),
      VectorFile("admin-exchange-v20.7.json", AdminVectors.exchange),
      VectorFile("admin-functions-v20.7.json", AdminVectors.functions),
      VectorFile("conf-genconf-seed.json", SettingsVectors.seeds),
      VectorFile("conf-parse.json", SettingsVectors.syntax),
      VectorFile("conf-startup-v20.7.json", SettingsVectors.startup),
      VectorFile("crypto-address.json", CryptoVectors.addresses),
      VectorFile("crypto-base32.json", CryptoVectors.base32),
      VectorFile("crypto-inner-session.json", NodeVectors.innerSession),
      VectorFile("crypto-legacy-transcripts.json", SessionVectors.transcripts),
      VectorFile("crypto-password.json", SessionVectors.passwords),
      VectorFile("crypto-replay.json", SessionVectors.replay),
      VectorFile("links-eth.json", WireVectors.ethernet),
      VectorFile("links-peering.json", PeeringVectors.scenarios),
      VectorFile("links-kbps.json", PeeringVectors.rates),
      VectorFile("links-sockaddr.json", WireVectors.linkAddresses),
      VectorFile("links-tun.json", NodeVectors.tun),
      VectorFile("links-udp-beacon.json", WireVectors.udpBeacons),
      VectorFile("routing-address.json", RoutingVectors.addresses),
      VectorFile("routing-bencode.json", BencodeVectors.router),
      VectorFile("routing-labels.json", SwitchVectors.routerLabels),
      VectorFile("routing-messages.json", RoutingVectors.messages),
      VectorFile("routing-nodestore.json", RoutingVectors.table),
      VectorFile("switch-checksum.json", WireVectors.checksums),
      VectorFile("switch-control.json", NodeVectors.control),
      VectorFile("switch-encodingscheme.json", SwitchVectors.encodingSchemes),
      VectorFile("switch-forward.json", SwitchVectors.forwarding),
      VectorFile("switch-label-text.json", SwitchVectors.labelTexts),
      VectorFile("switch-numbercompress.json", SwitchVectors.interfaceNumbers),
      VectorFile("switch-ping-queries.json", WireVectors.pings),
      VectorFile("switch-splicer.json", SwitchVectors.splicing),
    ]
  }
}
