import Bytes

/// What stands in front of the Ethernet header in a frame of 802.11 that is sent and received raw,
/// on a device in monitor mode: radiotap, the MAC header of a data frame, LLC and SNAP. Numbers are
/// little-endian, up to LLC. As it is sent, 42 bytes:
///
/// ```
///                1               2               3
///  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |   version 0   |       0       |      bytes of radiotap: 10    |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |     present: rate (bit 2) and data retries (bit 17), or 0     |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |      rate     |  data retries |     frame control: 08 00      |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |          duration, 0          |                               |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+     address 1: destination    +
/// |                                                               |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |                                                               |
/// +       address 2: source       +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |                               |                               |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+        address 3: BSSID       +
/// |                                                               |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |       sequence control        |          LLC: aa aa           |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |      ... 03   |                SNAP: 00 00 00                 |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |           ... fc 00           |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// ```
/// The kernel fills in the duration, but no sequence number in monitor mode, by which receivers may
/// tell a frame that is repeated from another. What is not acknowledged is repeated as often as
/// radiotap says where that has a rate too, else as the driver likes; what is for all is neither.
public struct AirHeader: Equatable, Sendable {
  /// Bytes of it in a frame that is sent. Radiotap has ten of them, two more than it needs without
  /// a rate, because Linux lets the frame begin two bytes behind a word: the MAC header is aligned.
  public static var byteCount: Int { 42 }
  private static var radiotapByteCountMin: Int { 8 }
  private static var macByteCount: Int { 24 }
  private static var qosByteCount: Int { 2 }
  private static var llcByteCount: Int { 8 }
  /// How often a frame for one neighbour is sent again. Some cards acknowledge nothing in monitor
  /// mode, and each frame for them costs all of it.
  private static var retryCount: UInt8 { 4 }
  private static var llc: UInt64 { 0xaaaa_0300_0000_0000 | UInt64(EthernetHeader.etherType) }

  public var source: LinkAddress
  /// True if it was for all, else for this card alone.
  public var isBroadcast: Bool
  /// How well it was heard, in dBm; 0: the driver does not tell.
  public var signal: Int8

  /// Puts the header in front of the Ethernet header in `frame`; false, and nothing done, if there
  /// is no room for it. Of `sequence`, another one for each frame, 12 bits count.
  @inline(never)
  public static func push(
    onto frame: inout FrameBuffer, to destination: LinkAddress, from air: AirAddress,
    sequence: UInt16
  ) -> Bool {
    guard frame.headroom >= byteCount else { return false }
    frame.push(byteCount)
    var bytes = frame.mutableSpan
    // Always; said so that the compiler does not ask for each byte.
    guard bytes.count >= byteCount else { return false }
    bytes.store(0x0000_0a00 as UInt32, bigEndianAt: 0)
    bytes.store(air.rate == 0 ? 0 : 0x0400_0200 as UInt32, bigEndianAt: 4)
    bytes[8] = air.rate
    bytes[9] = destination.bytes[0] & 1 == 0 ? retryCount : 0
    bytes.store(0x0800_0000 as UInt32, bigEndianAt: 10)
    bytes.store(destination.bytes.span.extracting(0..<6), at: 14)
    bytes.store(air.own.span, at: 20)
    bytes.store(air.bssid.span, at: 26)
    bytes[32] = UInt8(truncatingIfNeeded: sequence << 4)
    bytes[33] = UInt8(truncatingIfNeeded: sequence >> 4)
    bytes.store(llc, bigEndianAt: 34)
    return true
  }

  /// Takes the header off a frame that `air` has received. Refused is what is of another network,
  /// for another card, from none, or was sent here: a device in monitor mode hears that too.
  @inline(never)
  public static func pull(
    from frame: inout FrameBuffer, to air: AirAddress
  ) throws(WireError) -> AirHeader {
    let (header, byteCount) = try read(frame.span, to: air)
    frame.pull(byteCount)
    return header
  }

  private static func read(
    _ bytes: Span<UInt8>, to air: AirAddress
  ) throws(WireError) -> (AirHeader, byteCount: Int) {
    guard bytes.count >= radiotapByteCountMin else { throw .tooShort }
    guard bytes[0] == 0 else { throw .badVersion }
    let start = Int(bytes[2]) | Int(bytes[3]) << 8
    guard start >= radiotapByteCountMin else { throw .malformed }
    guard start <= bytes.count else { throw .tooShort }
    let signal = try strength(bytes, start)
    let mac = bytes.extracting(start..<bytes.count)
    // The Ethernet header is longer than what only some frames have.
    guard mac.count >= macByteCount + qosByteCount + llcByteCount else { throw .tooShort }

    // Data or QoS data; nothing in the second byte but "retry", "power management", "more data".
    guard mac.load16(bigEndianAt: 0) & 0x7fc7 == 0x0800 else { throw .unknownType }
    let own = card(air.own.span, 0)
    let destination = card(mac, 4)
    let source = card(mac, 10)
    let isBroadcast = destination == 0xffff_ffff_ffff
    guard isBroadcast || destination == own, source != own, source >> 40 & 1 == 0,
      card(mac, 16) == card(air.bssid.span, 0)
    else { throw .unknownType }
    let isQoS = mac[0] & 0x80 != 0
    guard mac.load64(bigEndianAt: isQoS ? macByteCount + qosByteCount : macByteCount) == llc
    else { throw .badMagic }
    let header = AirHeader(
      source: .ethernet(mac.extracting(10..<16)), isBroadcast: isBroadcast, signal: signal)
    return (header, start + macByteCount + (isQoS ? qosByteCount : 0) + llcByteCount)
  }

  /// The strength that radiotap tells in the `count` bytes at the front, 0 if it does not. Refuses
  /// what has been sent here.
  private static func strength(_ bytes: Span<UInt8>, _ count: Int) throws(WireError) -> Int8 {
    // Each word of "present" says whether another one follows; those are of single antennas.
    var end = radiotapByteCountMin
    while bytes[end - 1] & 0x80 != 0 {
      end &+= 4
      guard end <= count else { throw .malformed }
    }
    let present = bytes[4]
    guard bytes[5] & 0x80 == 0 else { throw .unknownType }
    guard present & 0x20 != 0 else { return 0 }
    // In front of it, as far as they are there: time 8, flags 1, rate 1, channel 4, hopping 2
    // bytes, each at a multiple of its length or that of its parts.
    if present & 0x01 != 0 { end = (end &+ 7) & ~7 &+ 8 }
    if present & 0x02 != 0 { end &+= 1 }
    if present & 0x04 != 0 { end &+= 1 }
    if present & 0x18 != 0 { end = (end &+ 1) & ~1 }
    if present & 0x08 != 0 { end &+= 4 }
    if present & 0x10 != 0 { end &+= 2 }
    guard end < count else { throw .malformed }
    return Int8(bitPattern: bytes[end])
  }

  /// The address at `offset` as a number; there must be one.
  @inline(__always)
  private static func card(_ bytes: Span<UInt8>, _ offset: Int) -> UInt64 {
    UInt64(bytes.load16(bigEndianAt: offset)) << 32
      | UInt64(bytes.load32(bigEndianAt: offset + 2))
  }
}
