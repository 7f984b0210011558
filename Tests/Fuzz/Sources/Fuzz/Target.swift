import Bytes

/// What hostile bytes are fed to: each parser, and machines of several parts. A target survives
/// every input and gives the same result for the same input.
enum Target: String, CaseIterable {
  case address, air, bencode, beacon, configuration, control, ipv6, key, message, packet, scheme
  case switching = "switch"
  case handshake, admin, node

  func run(_ bytes: Span<UInt8>) {
    #if PLANTED
      deepest = 0
    #endif
    switch self {
    case .address: addressTarget(bytes)
    case .air: airTarget(bytes)
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
/// `conditions` hold, in that order. Each one that holds for the first time is a step on the way.
@inline(never) func plantedBug(_ conditions: @autoclosure () -> [Bool]) {
  #if PLANTED
    let conditions = conditions()
    let heldCount = conditions.firstIndex(of: false) ?? conditions.count
    if heldCount == conditions.count { fatalError("the planted bug") }
    while deepest < heldCount {
      // What guides the fuzzer is how often a place was passed: 1, 2, 3, 4, 8, 16 or 32 times.
      for _ in 0..<1 << deepest { passed() }
      deepest += 1
    }
  #endif
}

#if PLANTED
  /// How many conditions have held at once for this input.
  nonisolated(unsafe) private var deepest = 0

  @_optimize(none) @inline(never) private func passed() {}
#endif
