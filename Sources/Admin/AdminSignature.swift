import Bytes
import Wire

/// What a client may call: one line of a table in text, which costs nothing at run time and reads
/// like the reference (admin.md section 8).
///
/// A name with `*` behind it needs authentication. Arguments are `name:T` with T one of I (number),
/// S (string), L (list) for one that is required, and i, s, l for one that is not. Names and
/// required flags are part of the interface, and so is their being listed: one client makes
/// positional calls of them (admin.md section 5), so newer arguments are taken without a mention.
struct AdminSignature {
  /// In the order of `AdminFunction`.
  static var table: StaticString {
    """
    AdminLog_logMany* count:I
    AdminLog_subscribe* file:s level:s line:i
    AdminLog_subscriptions*
    AdminLog_unsubscribe* streamId:S
    Admin_asyncEnabled
    Admin_availableFunctions page:i
    InterfaceController_interfaces* page:i
    InterfaceController_peerStats page:i
    InterfaceController_disconnectPeer* pubkey:S
    InterfaceController_resetPeering* pubkey:s
    SwitchPinger_ping* data:s keyPing:i path:S timeout:i
    UDPInterface_beginConnection* address:S interfaceNumber:i login:s password:s peerName:s \
    publicKey:S
    UDPInterface_listDevices*
    UDPInterface_new* beaconPort:i bindAddress:s dscp:i
    UDPInterface_setBroadcastDevices* devices:L interfaceNumber:i
    UDPInterface_beacon* interfaceNumber:i state:i
    UDPInterface_getBroadcastAddrs* interfaceNumber:i
    UDPInterface_getBroadcastDevices* interfaceNumber:i
    ETHInterface_beacon* interfaceNumber:i state:i
    ETHInterface_beginConnection* interfaceNumber:i login:s macAddress:S password:s peerName:s \
    publicKey:S
    ETHInterface_listDevices*
    ETHInterface_new* bindDevice:S
    AuthorizedPasswords_add* ipv6:s password:S user:s
    AuthorizedPasswords_list* page:i
    AuthorizedPasswords_remove* user:S
    AuthorizedPasswords_flush*
    Security_chroot* root:S
    Security_getUser* user:s
    Security_nofiles*
    Security_noforks*
    Security_setUser* gid:i keepNetAdmin:I uid:I
    Security_setupComplete*
    Security_checkPermissions*
    Security_noFiles*
    ping
    SessionManager_getHandles* page:i
    SessionManager_sessionStats* handle:I
    SessionManager_sessionStatsByIP* ip6:S
    SessionManager_resetCA* ip6:S
    Allocator_bytesAllocated*
    memory
    Core_counters
    Core_exit*
    Core_pid
    Core_initTunnel* desiredTunName:s
    Core_nodeInfo
    Core_stopTun*
    Core_settings*
    NodeStore_dumpTable page:I
    NodeStore_getLink linkNum:I parent:s
    NodeStore_nodeForAddr ip:s
    NodeStore_getRouteLabel* pathParentToChild:S pathToParent:S
    RouterModule_findNode* nodeToQuery:S target:S timeout:i
    RouterModule_getPeers* nearbyPath:s path:S timeout:i
    RouterModule_lookup* address:S
    RouterModule_nextHop* nodeToQuery:S target:S timeout:i
    RouterModule_pingNode* path:S timeout:i
    Janitor_dumpRumorMill* mill:S page:I
    SearchRunner_search* ipv6:S maxRequests:i
    SearchRunner_showActiveSearch* number:I

    """
  }

  /// The table, borrowed for ever.
  static var text: Span<UInt8> {
    @_lifetime(immortal)
    get {
      let table = table
      let span = Span(_unsafeStart: table.utf8Start, count: table.utf8CodeUnitCount)
      return _overrideLifetime(span, copying: ())
    }
  }

  /// One argument; `name` is a range of the table.
  struct Argument {
    var name: Range<Int>
    /// `I`, `S` or `L`.
    var type: UInt8
    var isRequired: Bool

    /// The word for its type in listings and errors.
    var typeName: StaticString {
      switch type {
      case UInt8(ascii: "I"): "Int"
      case UInt8(ascii: "S"): "String"
      default: "List"
      }
    }
  }

  let function: AdminFunction
  /// Ranges of the table.
  let name: Range<Int>
  private let arguments: Range<Int>

  var needsAuthentication: Bool { Self.text[name.upperBound] == UInt8(ascii: "*") }

  /// The `index`-th function of the table, nil behind the last. `position` is where its line
  /// begins, and becomes that of the next; 0 for the first.
  private init?(index: UInt8, at position: inout Int) {
    let text = Self.text
    guard position < text.count, let function = AdminFunction(rawValue: index) else { return nil }
    self.function = function
    let start = position
    while text[position] != 10 { position += 1 }
    var end = start
    while Self.isLetter(text[end]) { end += 1 }
    name = start..<end
    arguments = end..<position
    position += 1
  }

  /// Calls `body` with the functions from `first` on, as long as it answers true.
  static func forEach(from first: AdminFunction, _ body: (AdminSignature) -> Bool) {
    var position = 0
    var index: UInt8 = 0
    while let signature = AdminSignature(index: index, at: &position) {
      if index >= first.rawValue, !body(signature) { return }
      index += 1
    }
  }

  /// Calls `body` with each argument.
  func forEachArgument(_ body: (Argument) -> Void) {
    let text = Self.text
    var position = arguments.lowerBound
    while position < arguments.upperBound {
      guard Self.isLetter(text[position]) else {
        position += 1
        continue
      }
      let start = position
      while text[position] != UInt8(ascii: ":") { position += 1 }
      let type = text[position + 1]
      body(
        Argument(
          name: start..<position, type: type & 0xdf, isRequired: type == type & 0xdf))
      position += 2
    }
  }

  private static func isLetter(_ byte: UInt8) -> Bool {
    switch byte {
    case 48...57, 65...90, 95, 97...122: true
    default: false
    }
  }
}
