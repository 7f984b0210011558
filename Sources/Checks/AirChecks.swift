import Bytes
import Cryptography
import Wire

/// What stands in front of a frame on the air: written and read as little-endian numbers say, on
/// machines of either byte order, and whatever is heard.
enum AirChecks {
  private static var content: [UInt8] { [1, 2, 3] }

  static func run(_ report: inout Report) {
    var here = AirAddress(rate: 12)
    var there = AirAddress()
    for i in 0..<6 {
      here.own[i] = UInt8(2 * i)
      there.own[i] = UInt8(64 + i)
      here.bssid[i] = UInt8(128 + i)
    }
    there.bssid = here.bssid
    let pool = FramePool(frameCount: 1)
    var sent: [UInt8] = []
    if var frame = pool.take(), frame.append(content.span), EthernetHeader.push(onto: &frame),
      AirHeader.push(onto: &frame, to: .ethernet(there.own.span), from: here, sequence: 0x1abc)
    {
      sent = Array(copying: frame.span)
    }
    let expected: StaticString = """
      00000a00040002000c040800000040414243444500020406080a808182838485c0abaaaa03000000fc00\
      00000009fc00010203
      """
    report.expect(sent == expected.hexBytes, "a frame for the air")
    // Time, flags, rate, channel, strength and one antenna more.
    let radiotap: StaticString =
      "000024002f4000a02008000000000000112233445566778810026c09a000b7000000b600"
    let heard = radiotap.hexBytes + sent.dropFirst(10)
    let header = pull(heard, to: there)
    report.expect(
      header?.source == .ethernet(here.own.span) && header?.signal == -73
        && header?.isBroadcast == false, "a frame from the air")
    report.expect(pull(heard, to: here) == nil, "a frame for another card")
    let entropy = SeededEntropy(seed: 41)
    for _ in 0..<3000 { _ = pull(HostileBytesChecks.mutated(heard, entropy), to: there) }
    report.expect(true, "frames from the air with random changes")
  }

  /// nil if it is refused, or its content is another one.
  private static func pull(_ bytes: [UInt8], to air: AirAddress) -> AirHeader? {
    let pool = FramePool(frameCount: 1)
    guard var frame = pool.take(), frame.append(bytes.span),
      let header = try? AirHeader.pull(from: &frame, to: air),
      (try? EthernetHeader.pull(from: &frame)) != nil
    else { return nil }
    return Array(copying: frame.span) == content ? header : nil
  }
}
