import Bytes

/// Where a neighbour is on a link: an IP address and port, or the address of an Ethernet card.
public struct LinkAddress: Hashable, Sendable {
  /// What kind of address it is.
  public enum Family: UInt8, Sendable {
    case none = 0
    case ipv4 = 4
    case ipv6 = 6
    case ethernet = 2
  }

  /// IPv4 in the first 4, Ethernet in the first 6, IPv6 in all; the rest zero. In front of the rest
  /// so that it is copied by words.
  public var bytes: FixedBytes<16>
  /// The scope of a link-local IPv6 address, else 0.
  public var scope: UInt32
  /// 0 for Ethernet.
  public var port: UInt16
  public var family: Family

  /// No address.
  public init() { self.init(family: .none, bytes: FixedBytes(), port: 0) }

  public init(family: Family, bytes: FixedBytes<16>, port: UInt16, scope: UInt32 = 0) {
    self.family = family
    self.bytes = bytes
    self.port = port
    self.scope = scope
  }

  public static func ipv4(_ a: UInt8, _ b: UInt8, _ c: UInt8, _ d: UInt8, port: UInt16)
    -> LinkAddress
  {
    var bytes = FixedBytes<16>()
    bytes[0] = a
    bytes[1] = b
    bytes[2] = c
    bytes[3] = d
    return LinkAddress(family: .ipv4, bytes: bytes, port: port)
  }

  public static func ipv6(_ address: IPv6Address, port: UInt16, scope: UInt32 = 0) -> LinkAddress {
    LinkAddress(family: .ipv6, bytes: address.bytes, port: port, scope: scope)
  }

  /// The 6 bytes of an Ethernet card; there must be 6.
  public static func ethernet(_ card: Span<UInt8>) -> LinkAddress {
    precondition(card.count == 6)
    var bytes = FixedBytes<16>()
    for i in 0..<6 { bytes[i] = card[i] }
    return LinkAddress(family: .ethernet, bytes: bytes, port: 0)
  }

  /// The address in words of this machine's byte order, for what is done with each frame: the bytes
  /// one by one cost several times as much.
  @inline(__always)
  public var words: InlineArray<4, UInt32> { unsafeBitCast(bytes, to: InlineArray.self) }

  @inline(__always)
  public static func == (a: LinkAddress, b: LinkAddress) -> Bool {
    let x = a.words
    let y = b.words
    return (x[0] ^ y[0]) | (x[1] ^ y[1]) | (x[2] ^ y[2]) | (x[3] ^ y[3]) == 0
      && a.scope == b.scope && a.port == b.port && a.family == b.family
  }

  public var isIP: Bool { family == .ipv4 || family == .ipv6 }

  /// True for the address that stands for "any": all bytes zero.
  public var isUnspecified: Bool { bytes.isZero }

  /// The 16 bytes that stand for it where only an IPv6 address fits (links.md section 1).
  public var asIPv6: IPv6Address {
    var result = FixedBytes<16>()
    switch family {
    case .ipv6: result = bytes
    case .ipv4:
      result[10] = 0xff
      result[11] = 0xff
      for i in 0..<4 { result[12 + i] = bytes[i] }
    case .ethernet:
      result[0] = 0xff
      result[1] = 0xfc
      for i in 0..<6 { result[10 + i] = bytes[i] }
    case .none: break
    }
    return IPv6Address(result)
  }
}
