/// Keys that are read and checked but do nothing: the one place to look when a feature is built.
struct InertKey {
  let key: StaticString
  /// What the operator is told, once for each key, if it asks for something.
  let message: StaticString

  private init(_ key: StaticString, _ message: StaticString) {
    self.key = key
    self.message = message
  }

  /// Of the outermost section.
  static var root: [InertKey] {
    [
      InertKey("pipe", "not needed: this node is one process"),
      InertKey("resetAfterInactivitySeconds", "no longer has an effect"),
      InertKey("pidFile", "no longer has an effect"),
      InertKey("corePath", "no longer has an effect"),
      InertKey("dns", "no longer has an effect"),
    ]
  }

  static var router: [InertKey] {
    [
      InertKey("ipTunnel", "not supported yet: nothing is tunnelled"),
      InertKey("supernodes", "not supported yet: the node finds its own routes"),
      InertKey("dnsSeeds", "not supported yet: add peers to connectTo"),
      InertKey("publicPeer", "not supported yet: the node does not offer itself"),
    ]
  }

  static var security: [InertKey] {
    [
      InertKey("seccomp", "not supported yet: system calls are not filtered"),
      InertKey("setupComplete", ""),
    ]
  }

  static var socketInterface: StaticString {
    "SocketInterface is not supported yet: the node only forwards for others"
  }
}
