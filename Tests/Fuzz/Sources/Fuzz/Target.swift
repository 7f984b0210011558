import Bytes

/// What hostile bytes are fed to: each parser, and machines of several parts. A target survives
/// every input and gives the same result for the same input.
enum Target: String, CaseIterable {
  case address, bencode, beacon, configuration, control, ipv6, key, message, packet, scheme
  case switching = "switch"
  case handshake, admin, node

  func run(_ bytes: Span<UInt8>) {
    switch self {
    case .address: addressTarget(bytes)
    case .bencode: bencodeTarget(bytes)
    case .beacon: beaconTarget(bytes)
    case .configuration: configurationTarget(bytes)
    case .control: controlTarget(bytes)
    case .ipv6: ipv6Target(bytes)
    case .key: keyTarget(bytes)
    case .message: messageTarget(bytes)
    case .packet: packetTarget(bytes)
    case .scheme: schemeTarget(bytes)
    case .switching: switchTarget(bytes)
    case .handshake: handshakeTarget(bytes)
    case .admin: adminTarget(bytes)
    case .node: nodeTarget(bytes)
    }
  }
}

/// What must hold for every input.
func expect(
  _ condition: Bool, _ what: StaticString, file: StaticString = #file, line: UInt = #line
) {
  precondition(condition, "\(what)", file: file, line: line)
}

/// The planted bug of a target, which only the build that must find it has: a trap when all of
/// `conditions` hold. One more that holds is one more turn of the loop, which is what guides to it.
@inline(never) func plantedBug(_ conditions: @autoclosure () -> [Bool]) {
  #if PLANTED
    var heldCount = 0
    let conditions = conditions()
    for holds in conditions {
      guard holds else { return }
      heldCount += 1
    }
    fatalError("the planted bug")
  #endif
}
