import Bytes

/// A link address as text: `1.2.3.4:567`, `[2001:db8::1]:567`, `02:00:00:00:00:0a`; without a port
/// it is port 0. An IP address may carry a prefix length: `10.0.0.0/8`, `[2001:db8::/32]:5`.
public struct LinkAddressText: Equatable, Sendable {
  public var address: LinkAddress
  /// 0 to 32 or 128, nil if none was written.
  public var prefixLength: UInt8?

  public init(_ address: LinkAddress, prefixLength: UInt8? = nil) {
    self.address = address
    self.prefixLength = prefixLength
  }

  /// nil for anything that is no literal address; host names are none.
  public init?(_ text: Span<UInt8>) {
    if let card = Self.card(text) {
      self.init(card)
      return
    }
    var host = text
    var port: UInt16 = 0
    var colons = 0
    for i in 0..<text.count where text[i] == UInt8(ascii: ":") { colons += 1 }
    if text.count > 0, text[0] == UInt8(ascii: "[") {
      guard let close = Self.index(of: UInt8(ascii: "]"), in: text) else { return nil }
      host = text.extracting(1..<close)
      if close + 1 < text.count {
        guard text[close + 1] == UInt8(ascii: ":"),
          let number = Self.number(text.extracting((close + 2)..<text.count), max: 65535)
        else { return nil }
        port = UInt16(number)
      }
    } else if colons == 1, let colon = Self.index(of: UInt8(ascii: ":"), in: text) {
      host = text.extracting(0..<colon)
      guard let number = Self.number(text.extracting((colon + 1)..<text.count), max: 65535) else {
        return nil
      }
      port = UInt16(number)
    }
    var prefix: Int?
    if let slash = Self.index(of: UInt8(ascii: "/"), in: host) {
      prefix = Self.number(host.extracting((slash + 1)..<host.count), max: 128)
      guard prefix != nil else { return nil }
      host = host.extracting(0..<slash)
    }
    if let four = IPv6Address.dotted(host) {
      guard text[0] != UInt8(ascii: "["), (prefix ?? 0) <= 32 else { return nil }
      self.init(.ipv4(four[0], four[1], four[2], four[3], port: port))
    } else if let six = IPv6Address(text: host) {
      self.init(.ipv6(six, port: port))
    } else {
      return nil
    }
    prefixLength = prefix.map { UInt8($0) }
  }

  /// Appends the text form; an IPv6 address in the short form of RFC 5952.
  public func append(to text: inout ByteWriter) {
    switch address.family {
    case .none: text.append("none")
    case .ethernet:
      for i in 0..<6 {
        if i > 0 { text.append(":") }
        text.append(hex: UInt64(address.bytes[i]), digits: 2)
      }
    case .ipv4:
      for i in 0..<4 {
        if i > 0 { text.append(".") }
        text.append(decimal: UInt64(address.bytes[i]))
      }
      appendPrefix(to: &text)
      appendPort(to: &text)
    case .ipv6:
      if address.port != 0 { text.append("[") }
      appendSix(to: &text)
      appendPrefix(to: &text)
      if address.port != 0 { text.append("]") }
      appendPort(to: &text)
    }
  }

  private func appendPrefix(to text: inout ByteWriter) {
    guard let prefixLength else { return }
    text.append("/")
    text.append(decimal: UInt64(prefixLength))
  }

  private func appendPort(to text: inout ByteWriter) {
    guard address.port != 0 else { return }
    text.append(":")
    text.append(decimal: UInt64(address.port))
  }

  private func appendSix(to text: inout ByteWriter) {
    func group(_ i: Int) -> UInt16 { address.bytes.span.load16(bigEndianAt: 2 * i) }
    var gap = 0..<0
    var i = 0
    while i < 8 {
      var end = i
      while end < 8, group(end) == 0 { end += 1 }
      if end - i >= 2, end - i > gap.count { gap = i..<end }
      i = end > i ? end : i + 1
    }
    for i in 0..<8 {
      if gap.contains(i) {
        if i == gap.lowerBound { text.append("::") }
        continue
      }
      if i > 0, i != gap.upperBound || gap.isEmpty { text.append(":") }
      let value = UInt64(group(i))
      text.append(hex: value, digits: value > 0xfff ? 4 : value > 0xff ? 3 : value > 15 ? 2 : 1)
    }
  }

  private static func index(of byte: UInt8, in text: Span<UInt8>) -> Int? {
    for i in 0..<text.count where text[i] == byte { return i }
    return nil
  }

  private static func number(_ text: Span<UInt8>, max: Int) -> Int? {
    guard text.count > 0, text.count <= 5 else { return nil }
    var value = 0
    for i in 0..<text.count {
      guard text[i] >= 48, text[i] <= 57 else { return nil }
      value = value * 10 + Int(text[i] - 48)
    }
    return value <= max ? value : nil
  }

  /// Six groups of two hex digits with colons, 17 characters.
  private static func card(_ text: Span<UInt8>) -> LinkAddress? {
    guard text.count == 17 else { return nil }
    var bytes = FixedBytes<6>()
    for i in 0..<6 {
      guard let high = Hex.value(text[3 * i]), let low = Hex.value(text[3 * i + 1]),
        i == 5 || text[3 * i + 2] == UInt8(ascii: ":")
      else { return nil }
      bytes[i] = high << 4 | low
    }
    return .ethernet(bytes.span)
  }
}

extension LinkAddress {
  /// Reads an address without a prefix length; see `LinkAddressText`.
  public init?(text: Span<UInt8>) {
    guard let parsed = LinkAddressText(text), parsed.prefixLength == nil else { return nil }
    self = parsed.address
  }

  /// Appends the text form; see `LinkAddressText`.
  public func appendText(to text: inout ByteWriter) { LinkAddressText(self).append(to: &text) }
}
