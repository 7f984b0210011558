import Bytes
import Cryptography
import Switching
import Wire

/// Random and mutated bytes for every parser. Whether the process survives is the check; the rest
/// is that refusing is an answer.
enum HostileBytesChecks {
  static func run(_ report: inout Report) {
    let entropy = SeededEntropy(seed: 40)
    var headers = true
    for _ in 0..<2000 {
      let bytes = entropy.bytes(entropy.number(below: 100))
      headers = headers && parseHeaders(bytes)
    }
    report.expect(headers, "headers of random bytes")
    for _ in 0..<2000 { parseTexts(mutated(text(entropy), entropy)) }
    report.expect(true, "texts with random changes")
    var bencode = true
    for _ in 0..<3000 { bencode = bencode && walk(mutated(message, entropy)) }
    report.expect(bencode, "bencode with random changes")
    report.expect(deepBencode(), "bencode that is nested without end")
    forward(entropy, &report)
  }

  private static func parseHeaders(_ bytes: [UInt8]) -> Bool {
    var isShort = true
    do throws(WireError) {
      let header = try SwitchHeader(bytes.span)
      isShort = false
      _ = header.labelShift
    } catch {}
    do throws(WireError) { _ = try ControlFrame.check(bytes.span) } catch {}
    do throws(WireError) { _ = try UDPBeacon(bytes.span) } catch {}
    do throws(WireError) { _ = try Beacon(bytes.span) } catch {}
    do throws(WireError) { _ = try DataHeader(bytes.span) } catch {}
    do throws(WireError) { _ = try IPv6Header(bytes.span) } catch {}
    _ = ControlFrame.isPresent(in: bytes.span)
    if let scheme = EncodingScheme(serialized: bytes.span) {
      return EncodingScheme(serialized: scheme.serialized.span) == scheme
    }
    return isShort == (bytes.count < SwitchHeader.byteCount)
  }

  private static func text(_ entropy: SeededEntropy) -> [UInt8] {
    let texts: [StaticString] = [
      "192.0.2.7:3000", "[2001:db8::1]:4444", "2001:db8::192.0.2.1", "02:aa:bb:cc:dd:ee",
      "[2001:db8::/32]:5", "0000.0000.0000.0013", "fc02:4585:93b6:18ac:76c6:87aa:27a9:76d1",
      "m3udbrxufltvn0zjt54975cqqzv862p1490f9cf73p2nb2d1xq80.k", "::", "0.0.0.0/0",
    ]
    var bytes = ByteWriter()
    bytes.append(texts[entropy.number(below: texts.count)])
    return bytes.bytes
  }

  private static func parseTexts(_ text: [UInt8]) {
    _ = LinkAddressText(text.span)
    _ = LinkAddress(text: text.span)
    _ = IPv6Address(text: text.span)
    _ = IPv6Address.dotted(text.span)
    _ = Label(text: text.span)
    _ = Base32.decode(text.span)
    _ = Hex.decode(text.span)
    do throws(KeyError) { _ = try PublicKey(text: text.span) } catch {}
    _ = JSONReader.read(text)
  }

  private static var message: [UInt8] {
    var writer = ByteWriter()
    writer.append("d0001:ai-17e1:bli1e3:xyzd1:ci2eee1:n8:12345678ee")
    return writer.bytes
  }

  /// Some bytes changed, inserted, removed or cut off.
  static func mutated(_ bytes: [UInt8], _ entropy: SeededEntropy) -> [UInt8] {
    var bytes = bytes
    for _ in 0...entropy.number(below: 4) where !bytes.isEmpty {
      let position = entropy.number(below: bytes.count)
      switch entropy.number(below: 5) {
      case 0: bytes[position] = UInt8(truncatingIfNeeded: entropy.next())
      case 1: bytes[position] ^= 1 << UInt8(entropy.number(below: 8))
      case 2: bytes.insert(bytes[entropy.number(below: bytes.count)], at: position)
      case 3: bytes.remove(at: position)
      default: bytes.removeLast(bytes.count - position)
      }
    }
    return bytes
  }

  /// Walks over all that a reader takes; everything found must lie within the bytes.
  private static func walk(_ bytes: [UInt8]) -> Bool {
    var ok = true
    for dialect in [BencodeDialect.admin, .router] {
      do throws(BencodeError) {
        let reader = try BencodeReader(bytes.span, dialect)
        ok = ok && reader.range.upperBound <= bytes.count
        _ = reader.integer("a")
        _ = reader.stringRange("n")
        ok = ok && isInside(.dictionary(reader.range), reader, bytes.count)
      } catch {}
    }
    return ok
  }

  private static func isInside(
    _ value: BencodeReader.Value, _ reader: borrowing BencodeReader, _ byteCount: Int
  ) -> Bool {
    var ok = true
    switch value {
    case .integer: break
    case .string(let range): ok = range.upperBound <= byteCount
    case .list(let range):
      reader.forEachElement(in: range) { ok = ok && isInside($0, reader, byteCount) }
    case .dictionary(let range):
      reader.forEachEntry(in: range) { key, value in
        ok = ok && key.upperBound <= byteCount && isInside(value, reader, byteCount)
      }
    }
    return ok
  }

  private static func deepBencode() -> Bool {
    var bytes: [UInt8] = [0x64, 0x31, 0x3a, 0x61]
    for _ in 0..<100_000 { bytes.append(0x6c) }
    for dialect in [BencodeDialect.admin, .router] {
      do throws(BencodeError) {
        _ = try BencodeReader(bytes.span, dialect)
        return false
      } catch {
        guard error == .tooDeep else { return false }
      }
    }
    return true
  }

  private static func forward(_ entropy: SeededEntropy, _ report: inout Report) {
    let pool = FramePool(frameCount: 1)
    var live = SlotSet()
    for slot in 0...SlotSet.slotMax where entropy.number(below: 2) == 0 { live.insert(slot) }
    var ok = true
    for _ in 0..<5000 {
      guard var frame = pool.take() else { return }
      let bytes = entropy.bytes(entropy.number(below: 600))
      frame.append(bytes.span)
      let source = entropy.number(below: SlotSet.slotMax + 1)
      switch Switch.forward(&frame, from: source, live: live) {
      case .to(let slot): ok = ok && live.contains(slot) && frame.count == bytes.count
      case .toRouter: ok = ok && frame.count == bytes.count
      case .errorBack:
        ok = ok && frame.count <= 280
        frame.pull(SwitchHeader.byteCount + ControlFrame.handleByteCount)
        ok = ok && Checksum.of(frame.span) == 0
      case .drop: break
      }
    }
    report.expect(ok, "random packets are forwarded, answered or dropped")
  }
}
