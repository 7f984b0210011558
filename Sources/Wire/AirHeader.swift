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
/// |      sequence control, 0      |          LLC: aa aa           |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |      ... 03   |                SNAP: 00 00 00                 |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |           ... fc 00           |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// ```
/// Duration and sequence control are filled in by the kernel or the card. It repeats what is not
/// acknowledged as often as radiotap says where that has a rate too, else as it likes; what is for
/// all is neither acknowledged nor repeated.
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
  private static var llc: UInt32 { 0xaaaa_0300 }

  public var source: LinkAddress
  /// True if it was for all, else for this card alone.
  public var isBroadcast: Bool
  /// How well it was heard, in dBm; 0: the driver does not tell.
  public var signal: Int8

  /// Puts the header in front of the Ethernet header in `frame`; false, and nothing done, if there
  /// is no room for it.
  @inline(never)
  public static func push(
    onto frame: inout FrameBuffer, to destination: LinkAddress, from air: AirAddress
  ) -> Bool {
    guard frame.headroom >= byteCount else { return false }
    frame.push(byteCount)
    var bytes = frame.mutableSpan
    bytes.store(0x0000_0a00 as UInt32, bigEndianAt: 0)
    bytes.store(air.rate == 0 ? 0 : 0x0400_0200 as UInt32, bigEndianAt: 4)
    bytes[8] = air.rate
    bytes[9] = destination.bytes[0] & 1 == 0 ? retryCount : 0
    bytes.store(0x0800_0000 as UInt32, bigEndianAt: 10)
    bytes.store(destination.bytes.span.extracting(0..<6), at: 14)
    bytes.store(air.own.span, at: 20)
    bytes.store(air.bssid.span, at: 26)
    bytes.store(0 as UInt16, bigEndianAt: 32)
    bytes.store(llc, bigEndianAt: 34)
    bytes.store(UInt32(EthernetHeader.etherType), bigEndianAt: 38)
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
    let mac = Int(bytes[2]) | Int(bytes[3]) << 8
    guard bytes[0] == 0 else { throw .badVersion }
    guard mac >= radiotapByteCountMin else { throw .malformed }
    // The Ethernet header is longer than what only some frames have.
    guard bytes.count >= mac + macByteCount + qosByteCount + llcByteCount else { throw .tooShort }
    let signal = try strength(bytes.extracting(0..<mac))

    // Data or QoS data; nothing in the second byte but "retry", "power management", "more data".
    guard bytes[mac] & 0x7f == 0x08, bytes[mac + 1] & 0xc7 == 0 else { throw .unknownType }
    let isBroadcast =
      bytes.load16(bigEndianAt: mac + 4) == 0xffff
      && bytes.load32(bigEndianAt: mac + 6) == 0xffff_ffff
    guard isBroadcast || isEqual(bytes, mac + 4, air.own), isEqual(bytes, mac + 16, air.bssid),
      bytes[mac + 10] & 1 == 0, !isEqual(bytes, mac + 10, air.own)
    else { throw .unknownType }
    let llcStart = mac + macByteCount + (bytes[mac] & 0x80 == 0 ? 0 : qosByteCount)
    guard bytes.load32(bigEndianAt: llcStart) == llc,
      bytes.load32(bigEndianAt: llcStart + 4) == UInt32(EthernetHeader.etherType)
    else { throw .badMagic }
    let source = LinkAddress.ethernet(bytes.extracting(mac + 10..<mac + 16))
    let header = AirHeader(source: source, isBroadcast: isBroadcast, signal: signal)
    return (header, llcStart + llcByteCount)
  }

  /// The strength that radiotap tells, 0 if it does not. Refuses what has been sent here.
  private static func strength(_ radiotap: Span<UInt8>) throws(WireError) -> Int8 {
    // Each word of "present" says whether another one follows; those are of single antennas.
    var end = radiotapByteCountMin
    while radiotap[end - 1] & 0x80 != 0 {
      end += 4
      guard end <= radiotap.count else { throw .malformed }
    }
    let present = radiotap[4]
    guard radiotap[5] & 0x80 == 0 else { throw .unknownType }
    guard present & 0x20 != 0 else { return 0 }
    // In front of it, as far as they are there: time 8, flags 1, rate 1, channel 4, hopping 2
    // bytes, each at a multiple of its length or that of its parts.
    if present & 0x01 != 0 { end = (end + 7) & ~7 + 8 }
    if present & 0x02 != 0 { end += 1 }
    if present & 0x04 != 0 { end += 1 }
    if present & 0x18 != 0 { end = (end + 1) & ~1 }
    if present & 0x08 != 0 { end += 4 }
    if present & 0x10 != 0 { end += 2 }
    guard end < radiotap.count else { throw .malformed }
    return Int8(bitPattern: radiotap[end])
  }

  private static func isEqual(_ bytes: Span<UInt8>, _ offset: Int, _ card: FixedBytes<6>) -> Bool {
    FixedBytes<6>(copying: bytes.extracting(offset..<offset + 6)) == card
  }
}
