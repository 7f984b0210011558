import Bytes
import Cryptography
import Node
import Wire

// Which function does what.
extension AdminServer {
  /// Runs the function of `call`, whose required arguments are there.
  mutating func run(
    _ request: borrowing AdminRequest, _ call: AdminCall, node: inout Node, entropy: Entropy,
    into outbox: inout Outbox
  ) throws(AdminFailure) {
    switch call.function {
    case .adminLogLogMany: logMany(request.integer("count") ?? 0, call)
    case .adminLogSubscribe: try subscribe(request, call, entropy: entropy)
    case .adminLogSubscriptions: listSubscriptions(call)
    case .adminLogUnsubscribe: try unsubscribe(request.span("streamId"), call)

    case .adminAsyncEnabled: asyncEnabled(call)
    case .adminAvailableFunctions: listFunctions(request.page, call)
    case .ping: ping(call)
    case .coreCounters: counters(call, node: node)
    case .coreNodeInfo: nodeInfo(call, node: node)
    case .coreSettings: listSettings(call)

    case .interfaceControllerInterfaces: listLinks(request.page, call, node: node)
    case .interfaceControllerPeerStats: listPeers(request.page, call, node: node)
    case .interfaceControllerDisconnectPeer: disconnect(request, call, node: &node)
    case .interfaceControllerResetPeering: resetPeering(request, call, node: &node)
    case .udpInterfaceBeginConnection: try connect(request, call, node: &node, into: &outbox)

    case .udpInterfaceNew: try openUDP(request, call)
    case .udpInterfaceBeacon, .ethInterfaceBeacon: try beacon(request, call, node: node)
    case .udpInterfaceSetBroadcastDevices: try setBeaconDevices(request, call)
    case .udpInterfaceGetBroadcastDevices:
      try ask(.beaconDevices(link: udpLink(request)), call)
    case .udpInterfaceGetBroadcastAddrs:
      try ask(.beaconAddresses(link: udpLink(request)), call)
    case .udpInterfaceListDevices: try ask(.listDevices(withLoopback: false), call)
    case .ethInterfaceListDevices: try ask(.listDevices(withLoopback: true), call)
    case .ethInterfaceNew:
      try openEthernet(request, call)
    case .ethInterfaceBeginConnection:
      try connectOverEthernet(request, call, node: &node, into: &outbox)

    case .authorizedPasswordsAdd: try addUser(request, call, node: &node)
    case .authorizedPasswordsList: listUsers(request.page, call, node: node)
    case .authorizedPasswordsRemove: try removeUser(request, call, node: &node)
    case .authorizedPasswordsFlush: flushUsers(call, node: &node)

    case .switchPingerPing: try switchPing(request, call, node: &node, into: &outbox)
    case .sessionManagerGetHandles: listHandles(request.page, call, node: node)
    case .sessionManagerSessionStats:
      let handle = UInt32(exactly: request.integer("handle") ?? -1)
      try putSession(handle.flatMap { node.sessionRecord(handle: $0) }, call)
    case .sessionManagerSessionStatsByIP:
      try putSession(node.sessionRecord(address: request.address("ip6", "malformed_ip")), call)
    case .sessionManagerResetCA: try resetSession(request, call, node: &node)

    case .nodeStoreDumpTable: dumpTable(request.page, call, node: node)
    case .nodeStoreGetLink: try putLink(request, call, node: node)
    case .nodeStoreNodeForAddr: try putNode(request, call, node: node)
    case .nodeStoreGetRouteLabel: try putRouteLabel(request, call, node: node)
    case .routerModuleLookup: lookup(request, call, node: node)
    case .routerModulePingNode, .routerModuleGetPeers, .routerModuleFindNode,
      .routerModuleNextHop:
      try query(request, call, node: &node, into: &outbox)
    case .searchRunnerSearch: try search(request, call, node: &node, into: &outbox)
    case .searchRunnerShowActiveSearch: showSearch(request, call)
    case .janitorDumpRumorMill: try dumpRumorMill(request, call)

    case .securitySetUser: try setUser(request, call)
    case .securityGetUser:
      try ask(
        .user(
          name: Self.name(
            "user", of: request, "Could not find user [the name is too long]")), call)
    case .securityChroot: try confine(request, call)
    case .securityNofiles, .securityNoFiles2013: try ask(.forbidFiles, call)
    case .securityNoforks: try ask(.forbidForks, call)
    case .securitySetupComplete: try ask(.setupComplete, call)
    case .securityCheckPermissions: try ask(.permissions, call)
    case .coreInitTunnel:
      try ask(
        .openTunnel(
          name: Self.name("desiredTunName", of: request, "desiredTunName is too long.")), call)
    case .coreStopTun: try ask(.closeTunnel, call)
    case .corePid: try ask(.processId, call)
    case .coreExit: exit(call)
    case .memory, .allocatorBytesAllocated: try ask(.memory, call)
    }
  }
}
