/// The functions, in the order of `AdminSignature.table`.
enum AdminFunction: UInt8 {
  case adminLogLogMany, adminLogSubscribe, adminLogSubscriptions, adminLogUnsubscribe
  case adminAsyncEnabled, adminAvailableFunctions
  case interfaceControllerInterfaces, interfaceControllerPeerStats
  case interfaceControllerDisconnectPeer, interfaceControllerResetPeering
  case switchPingerPing
  case udpInterfaceBeginConnection, udpInterfaceListDevices, udpInterfaceNew
  case udpInterfaceSetBroadcastDevices, udpInterfaceBeacon, udpInterfaceGetBroadcastAddrs
  case udpInterfaceGetBroadcastDevices
  case ethInterfaceBeacon, ethInterfaceBeginConnection, ethInterfaceListDevices, ethInterfaceNew
  case authorizedPasswordsAdd, authorizedPasswordsList, authorizedPasswordsRemove
  case authorizedPasswordsFlush
  case securityChroot, securityGetUser, securityNofiles, securityNoforks, securitySetUser
  case securitySetupComplete, securityCheckPermissions
  /// The name of 2013 for `securityNofiles`.
  case securityNoFiles2013
  case ping
  case sessionManagerGetHandles, sessionManagerSessionStats, sessionManagerSessionStatsByIP
  case sessionManagerResetCA
  case allocatorBytesAllocated, memory
  case coreCounters, coreExit, corePid, coreInitTunnel, coreNodeInfo, coreStopTun
  case coreSettings
  case nodeStoreDumpTable, nodeStoreGetLink, nodeStoreNodeForAddr, nodeStoreGetRouteLabel
  case routerModuleFindNode, routerModuleGetPeers, routerModuleLookup, routerModuleNextHop
  case routerModulePingNode
  case janitorDumpRumorMill, searchRunnerSearch, searchRunnerShowActiveSearch

  /// The functions that do not exist when the log goes to the standard output come first.
  static var firstBehindLog: AdminFunction { .adminAsyncEnabled }
}
