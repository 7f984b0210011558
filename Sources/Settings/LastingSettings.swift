import Bytes
import Cryptography
import Wire

// What a node that runs keeps as it is until it is started again, in lines: `NAME: value`. A
// program compares them with those of a file (docs/admin.md); no secret is in them.

extension Configuration {
  /// All of it but the interfaces that can be opened at any time.
  public var lastingSettings: [[UInt8]] {
    var list = SettingLines()
    var text = ByteWriter()
    identity.publicKey.appendText(to: &text)
    list.add("privateKey: that of ", text)
    text = ByteWriter()
    adminBind.appendText(to: &text)
    list.add("admin: ", text)
    switch packetInterface {
    case .none: list.add("router: no device")
    case .tun(let name): list.add("router: TUN device ", name)
    }
    if let tableSize {
      text = ByteWriter()
      text.append(decimal: UInt64(tableSize))
      list.add("router.tableSize: ", text)
    }
    list.add("security.setuser: ", security.user)
    list.add("security.chroot: ", security.chroot)
    text = ByteWriter()
    text.append(security.keepNetAdmin ? "1, nofiles " : "0, nofiles ")
    text.append(security.noFiles ? "1, noforks " : "0, noforks ")
    text.append(security.noForks ? "1" : "0")
    list.add("security: keepNetAdmin ", text)
    switch log {
    case .subscribers: list.add("logging: subscribers")
    case .stdout: list.add("logging: stdout")
    case .syslog: list.add("logging: syslog")
    }
    list.add("stateFile: ", stateFile)
    for interface in wifi { list.add("", interface.settings) }
    return list.lines
  }

  /// The part of a line that says what it is about.
  public static func name(ofSetting line: [UInt8]) -> [UInt8] {
    for i in line.indices
    where line[i] == UInt8(ascii: " ") && i > 0 && line[i - 1] == UInt8(ascii: ":") {
      return [UInt8](line[0..<(i - 1)])
    }
    return line
  }
}

extension UDPInterfaceConfiguration {
  public var settings: [UInt8] {
    var text = ByteWriter()
    text.append("UDPInterface ")
    bind.appendText(to: &text)
    text.append(": dscp ")
    text.append(decimal: UInt64(dscp))
    text.append(", beaconPort ")
    text.append(decimal: UInt64(beaconPort))
    return text.bytes
  }
}

extension EthernetInterfaceConfiguration {
  /// What `all` does about beacons has no other place.
  public var settings: [UInt8] {
    var text = ByteWriter()
    text.append("ETHInterface ")
    text.append(device)
    text.append(": network ")
    text.append(network ?? [])
    if isForAll {
      text.append(", beacon ")
      text.append(decimal: UInt64(beacon))
    }
    return text.bytes
  }
}

extension WIFIInterfaceConfiguration {
  public var settings: [UInt8] {
    var text = ByteWriter()
    text.append("WIFIInterface ")
    text.append(radio)
    switch mode {
    case .mesh: text.append(": mesh ")
    case .ibss: text.append(": ibss ")
    case .monitor: text.append(": monitor ")
    }
    text.append(decimal: UInt64(frequency))
    text.append(" MHz, network ")
    text.append(network)
    text.append(", rate ")
    text.append(decimal: UInt64(rate))
    text.append(", txPower ")
    text.append(decimal: Int64(power ?? -1))
    return text.bytes
  }
}
