import Bytes

/// Makes a cjdroute.conf of the settings of an OpenWrt box: of the file `/etc/config/cjdns`, or of
/// what `uci export cjdns` prints. What it makes is for `SyntaxReader` alone: commas are where they
/// come easily, and marks tell where each value stands in the original.
///
/// The text is read once for each kind of section; that takes less code than keeping it.
struct UCITranslator: ~Escapable {
  private struct Place {
    var offset = 0
    var position = TextPosition()
  }

  /// The first byte of a mark; line and column follow, of two bytes each.
  static var mark: UInt8 { 1 }

  /// What was wrong first.
  private(set) var error: ConfigurationError?
  /// Sections that nobody knows.
  private(set) var notes: [ConfigurationNote] = []
  private let text: Span<UInt8>
  private var output = ByteWriter()
  private var place = Place()
  /// Behind the line that began the section.
  private var section = Place()
  /// Where it began.
  private var sectionPosition = TextPosition()
  /// What the last line was and had: `key` is the type of a section, too.
  private var kind: UInt8 = 0
  private var key: [UInt8] = []
  private var keyPosition = TextPosition()
  private var value: [UInt8] = []
  private var valuePosition = TextPosition()
  /// Where the last word began.
  private var wordPosition = TextPosition()

  @_lifetime(copy text)
  init(_ text: Span<UInt8>) { self.text = text }

  /// True if `text` is no cjdroute.conf, which begins with a brace or a slash, but of this kind.
  static func reads(_ text: Span<UInt8>) -> Bool {
    for i in 0..<text.count where text[i] > 32 {
      let byte = text[i]
      return byte == UInt8(ascii: "c") || byte == UInt8(ascii: "p") || byte == UInt8(ascii: "#")
    }
    return false
  }

  /// Good for nothing if there was an error.
  mutating func translate() -> [UInt8] {
    nameUnknown()
    output.append("{\"interfaces\":{\"UDPInterface\":[")
    links("udpInterface", "udpPeer")
    output.append("],\"ETHInterface\":[")
    links("ethInterface", "ethPeer")
    output.append("],\"WIFIInterface\":[")
    links("wifiInterface", "wifiPeer")
    output.append("]},\"authorizedPasswords\":[")
    rewind()
    while nextSection("password") {
      output.append("{")
      options(except: "")
      output.append("},")
    }
    output.append("],\"router\":{\"supernodes\":[")
    rewind()
    while nextSection("supernodes") { option("publicKey", "") }
    output.append("],\"ipTunnel\":{\"outgoingConnections\":[")
    rewind()
    while nextSection("iptunnelOutgoing") { option("publicKey", "") }
    output.append("],\"allowedConnections\":[")
    rewind()
    while nextSection("iptunnelAllowed") {
      output.append("{")
      option("ipv4", "\"ip4Address\":")
      option("ipv6", "\"ip6Address\":")
      options(except: "ipv4 ipv6")
      output.append("},")
    }
    output.append("]},\"interface\":{\"type\":\"TUNInterface\",")
    rewind()
    _ = nextSection("cjdns")
    option("tunDevice", "\"tunDevice\":")
    // The service makes the folder, and nothing else is in it.
    output.append("}},\"security\":{\"chroot\":\"/var/run/cjdns\",")
    option("seccomp", "\"seccomp\":")
    output.append("},\"logging\":{")
    option("logTo", "\"logTo\":")
    output.append("},\"admin\":{\"bind\":")
    address("adminAddress", "127.0.0.1", "adminPort", "11234")
    option("adminPassword", ",\"password\":")
    output.append("},")
    options(except: "adminAddress adminPort adminPassword tunDevice seccomp logTo")
    output.append("}")
    return output.bytes
  }

  // MARK: Sections

  /// The interfaces of one kind and their peers, which name theirs by its number.
  @inline(never)
  private mutating func links(_ interface: StaticString, _ peer: StaticString) {
    var count = 0
    rewind()
    while nextSection(interface) {
      count += 1
      output.append("{")
      // The others have a device.
      if find("port") || find("address") {
        output.append("\"bind\":")
        address("address", "0.0.0.0", "port", "")
      }
      options(except: "address port")
      output.append("\"connectTo\":{")
      let here = section
      rewind()
      while nextSection(peer) {
        if interfaceNumber() != count { continue }
        address("address", "", "port", "")
        output.append(":{")
        options(except: "interface address port")
        output.append("},")
      }
      place = here
      output.append("}},")
    }
    rewind()
    while nextSection(peer) {
      let number = interfaceNumber()
      if number < 1 || number > count {
        keyPosition = sectionPosition
        key = []
        fail("there is no interface of the kind and number that this peer names")
      }
    }
  }

  /// That of the peer; counted from 1.
  private mutating func interfaceNumber() -> Int {
    if !find("interface") { return 1 }
    var number = 0
    for byte in value.prefix(4) { number = number * 10 + Int(byte &- UInt8(ascii: "0")) }
    return number
  }

  @inline(never)
  private mutating func nameUnknown() {
    while true {
      nextLine()
      if kind == 0 { return }
      if kind == UInt8(ascii: "c"),
        !ConfigurationReader.isWord(
          key,
          of: """
            cjdns udpInterface udpPeer ethInterface ethPeer wifiInterface wifiPeer password \
            supernodes iptunnelOutgoing iptunnelAllowed
            """)
      {
        notes.append(remark("is no kind of section and ignored: is it spelt right?"))
      }
    }
  }

  @inline(never)
  private mutating func rewind() { place = Place() }

  /// Goes to the next one; false if there is none.
  @inline(never)
  private mutating func nextSection(_ type: StaticString) -> Bool {
    repeat { nextLine() } while kind != 0 && (kind != UInt8(ascii: "c") || !key.isText(type))
    section = place
    sectionPosition = keyPosition
    return kind != 0
  }

  // MARK: Options

  /// The next option of the section.
  private mutating func nextOption() -> Bool {
    let here = place
    if nextLine() > UInt8(ascii: "c") { return true }
    // Another section is still to be found.
    place = here
    return false
  }

  /// Makes an option of the section the last line that was read; false if it has none such.
  @inline(never)
  private mutating func find(_ name: StaticString) -> Bool {
    place = section
    while nextOption() {
      if key.isText(name), !value.isEmpty { return true }
    }
    value = []
    return false
  }

  /// Writes the value of an option, if there is one, after `prefix`.
  @inline(never)
  private mutating func option(_ name: StaticString, _ prefix: StaticString) {
    if !find(name) { return }
    output.append(prefix)
    appendValue()
  }

  /// Writes all options but those.
  @inline(never)
  private mutating func options(except words: StaticString) {
    place = section
    var list: [UInt8] = []
    while nextOption() {
      if value.isEmpty || ConfigurationReader.isWord(key, of: words) { continue }
      if !list.isEmpty, list != key {
        output.append("],")
        list = []
      }
      if list.isEmpty {
        append(key, at: keyPosition)
        output.append(":")
        if kind == UInt8(ascii: "l") {
          output.append("[")
          list = key
        }
      }
      appendValue()
    }
    if !list.isEmpty { output.append("],") }
  }

  /// Writes two options as one text.
  @inline(never)
  private mutating func address(
    _ host: StaticString, _ hostDefault: StaticString, _ port: StaticString,
    _ portDefault: StaticString
  ) {
    var bytes = ByteWriter()
    if !find(host) { bytes.append(hostDefault) }
    bytes.append(value)
    let start = valuePosition
    let isGiven = find(port)
    if isGiven || portDefault.span.count > 0 { bytes.append(":") }
    bytes.append(value)
    if !isGiven { bytes.append(portDefault) }
    append(bytes.bytes, at: start)
  }

  private mutating func appendValue() {
    // UCI has nothing but text.
    let isNumber = ConfigurationReader.isWord(
      key, of: "beacon beaconPort dscp frequency rate seccomp txPower")
    append(value, at: valuePosition, isNumber: isNumber && Self.isNumber(value))
    output.append(",")
  }

  private static func isNumber(_ text: [UInt8]) -> Bool {
    for byte in text where byte &- UInt8(ascii: "0") > 9 { return false }
    return true
  }

  @inline(never)
  private mutating func append(
    _ text: [UInt8], at position: TextPosition, isNumber: Bool = false
  ) {
    output.append(Self.mark)
    for number in [position.line, position.column] {
      output.append(UInt8(truncatingIfNeeded: number >> 8))
      output.append(UInt8(truncatingIfNeeded: number))
    }
    if isNumber {
      output.append(text)
    } else {
      ConfigurationCleaner.append(text: text, to: &output)
    }
  }

  // MARK: Lines

  /// Reads a line and says what it is: the first letter of config, list or option, 0 at the end.
  @inline(never) @discardableResult
  private mutating func nextLine() -> UInt8 {
    kind = 0
    while kind == 0, place.offset < text.count {
      let command = word()
      key = Self.camelCased(word())
      keyPosition = wordPosition
      value = word()
      valuePosition = wordPosition
      while !word().isEmpty {}
      if peek == UInt8(ascii: "#") {
        while let byte = peek, byte != UInt8(ascii: "\n") { advance() }
      }
      advance()
      if ConfigurationReader.isWord(command, of: "config option list") {
        kind = command[0]
      } else if !command.isEmpty, !command.isText("package") {
        keyPosition = wordPosition
        key = command
        fail("should be config, option or list")
      }
    }
    return kind
  }

  /// `public_key` is `publicKey`.
  private static func camelCased(_ name: [UInt8]) -> [UInt8] {
    var result: [UInt8] = []
    var isHead = false
    for byte in name {
      let isBar = byte == UInt8(ascii: "_")
      if !isBar { result.append(isHead ? byte & ~32 : byte) }
      isHead = isBar
    }
    return result
  }

  /// Empty at the end of a line, which a semicolon or a comment is, too.
  @inline(never)
  private mutating func word() -> [UInt8] {
    var bytes: [UInt8] = []
    var quote: UInt8 = 0
    while let blank = peek, blank <= 32, blank != UInt8(ascii: "\n") { advance() }
    wordPosition = place.position
    while var byte = peek {
      let isQuote = byte == UInt8(ascii: "'") || byte == UInt8(ascii: "\"")
      if quote == 0 {
        if byte <= 32 || byte == UInt8(ascii: ";") || byte == UInt8(ascii: "#") { break }
        if isQuote {
          quote = byte
          advance()
          continue
        }
      } else if byte == quote {
        quote = 0
        advance()
        continue
      }
      advance()
      if byte == UInt8(ascii: "\\"), quote != UInt8(ascii: "'") {
        byte = peek ?? 0
        advance()
      }
      bytes.append(byte)
    }
    if quote != 0 {
      keyPosition = wordPosition
      fail("the closing quote is missing")
    }
    return bytes
  }

  private var peek: UInt8? { place.offset < text.count ? text[place.offset] : nil }

  @inline(never)
  private mutating func advance() {
    if let byte = peek {
      place.position.step(over: byte)
      place.offset += 1
    }
  }

  // MARK: Remarks

  /// Ends the reading.
  @inline(never)
  private mutating func fail(_ message: StaticString) {
    if error == nil { error = remark(message) }
    place.offset = text.count
  }

  @inline(never)
  private func remark(_ message: StaticString) -> ConfigurationRemark {
    ConfigurationRemark(
      at: keyPosition, key: key, message: ConfigurationRemark.message(message))
  }
}
