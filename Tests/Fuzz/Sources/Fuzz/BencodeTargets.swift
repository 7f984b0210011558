import Bytes
import Routing
import Wire

/// What a walk over a message saw.
private struct Tally {
  var depth = 0
  var integerCount = 0
  var negativeCount = 0
  var stringCount = 0
  var longest = 0
}

/// Bencode in both dialects: everything found lies within the bytes, and what one takes strictly
/// the other takes too.
func bencodeTarget(_ bytes: Span<UInt8>) {
  var strict: Range<Int>?
  for dialect in [BencodeDialect.admin, .router] {
    do throws(BencodeError) {
      let reader = try BencodeReader(bytes, dialect)
      expect(reader.range.upperBound <= bytes.count, "a message ends within its bytes")
      if !dialect.isLax { strict = reader.range }
      _ = reader.integer("a")
      _ = reader.stringRange("txid")
      var tally = Tally()
      walk(.dictionary(reader.range), reader, bytes.count, depth: 0, &tally)
      plantedBug([
        tally.depth > 2, tally.integerCount > 2, tally.negativeCount > 1, tally.stringCount > 6,
        tally.longest > 9,
      ])
    } catch { expect(!dialect.isLax || strict == nil, "lax takes all that strict takes") }
  }
}

private func walk(
  _ value: BencodeReader.Value, _ reader: borrowing BencodeReader, _ byteCount: Int, depth: Int,
  _ tally: inout Tally
) {
  tally.depth = max(tally.depth, depth)
  switch value {
  case .integer(let number):
    tally.integerCount += 1
    if number < 0 { tally.negativeCount += 1 }
  case .string(let range):
    expect(range.upperBound <= byteCount, "a string lies within the bytes")
    tally.stringCount += 1
    tally.longest = max(tally.longest, range.count)
  case .list(let range):
    reader.forEachElement(in: range) { walk($0, reader, byteCount, depth: depth + 1, &tally) }
  case .dictionary(let range):
    reader.forEachEntry(in: range) { key, value in
      expect(key.upperBound <= byteCount, "a key lies within the bytes")
      walk(value, reader, byteCount, depth: depth + 1, &tally)
    }
  }
}

/// Messages between routers: what is read can be written and read again.
func messageTarget(_ bytes: Span<UInt8>) {
  do throws(RouterMessageError) {
    let message = try RouterMessage(bytes)
    let encoded = message.encoded
    expect(encoded.count % 4 == 0, "a message is padded")
    let again: RouterMessage
    do throws(RouterMessageError) {
      again = try RouterMessage(encoded.span)
    } catch { fatalError("what is written can be read") }
    expect(again.transaction == message.transaction, "the transaction survives")
    expect(again.version == message.version, "the version survives")
    expect(again.scheme == message.scheme && again.form == message.form, "the scheme survives")
    expect(again.target == message.target, "the target survives")
    expect(again.nodes == message.nodes, "the nodes survive")
    plantedBug([
      message.query == .nextHop || message.query == .find, message.targetAddress != nil,
      message.form > 0, message.version > 29,
    ])
  } catch {}
}
