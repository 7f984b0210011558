import Bytes
import Cryptography
import Switching
import Wire

/// Link addresses: what is read can be written and read again.
func addressTarget(_ bytes: Span<UInt8>) {
  _ = LinkAddress(text: bytes)
  guard let read = LinkAddressText(bytes) else { return }
  var text = ByteWriter()
  read.append(to: &text)
  expect(LinkAddressText(text.bytes.span) == read, "an address survives being written")
  let prefix = read.prefixLength ?? 0
  plantedBug([
    read.address.family == .ipv6, read.prefixLength != nil, read.address.port > 0,
    read.address.port > 99, prefix > 32,
  ])
}

/// IPv6 addresses, and dotted IPv4 ones.
func ipv6Target(_ bytes: Span<UInt8>) {
  let dotted = IPv6Address.dotted(bytes)
  guard let address = IPv6Address(text: bytes) else { return }
  expect(dotted == nil, "no text is an address of both kinds")
  var text = ByteWriter()
  address.appendText(to: &text)
  expect(text.count == 39, "an address has 39 characters")
  expect(IPv6Address(text: text.bytes.span) == address, "an address survives being written")
  plantedBug([
    address.isNode, bytes.count < 20, address.bytes[8] != 0, address.bytes[15] > 99,
    address.bytes[13] == 0,
  ])
}

/// Keys, base 32, hexadecimal digits and labels.
func keyTarget(_ bytes: Span<UInt8>) {
  if let decoded = Base32.decode(bytes) {
    let text = Base32.encode(decoded.span)
    expect(Base32.decode(text.span) == decoded, "base 32 survives being written")
  }
  if let decoded = Hex.decode(bytes) {
    expect(decoded.count * 2 == bytes.count, "two digits are a byte")
  }
  if let label = Label(text: bytes) {
    var text = ByteWriter()
    label.appendText(to: &text)
    expect(Label(text: text.bytes.span) == label, "a label survives being written")
  }
  do throws(KeyError) {
    let key = try PublicKey(text: bytes)
    var text = ByteWriter()
    key.appendText(to: &text)
    expect(try PublicKey(text: text.bytes.span) == key, "a key survives being written")
    plantedBug([
      key.bytes[3] & 3 == 1, key.bytes[10] & 7 == 5, key.bytes[20] & 7 == 2,
      key.bytes[31] & 0x60 == 0x60,
    ])
  } catch {}
}
