import Bytes
import Cryptography
import Switching

/// A node and a path to it as one word: `v21.0000.0000.0000.0013.<52 characters>.k`.
struct NodeAddress: Equatable {
  /// 0 if unknown.
  var version: UInt32
  var label: Label
  var key: PublicKey

  init(version: UInt32, label: Label, key: PublicKey) {
    self.version = version
    self.label = label
    self.key = key
  }

  /// nil for anything but the form above with a key of the network.
  init?(text: Span<UInt8>) {
    let tailCount = 1 + Label.characterCount + 1 + PublicKey.characterCount
    let digitCount = text.count - 1 - tailCount
    guard digitCount >= 1, digitCount <= 9, text[0] == UInt8(ascii: "v") else { return nil }
    version = 0
    for i in 1...digitCount {
      guard text[i] >= 48, text[i] <= 57 else { return nil }
      version = version * 10 + UInt32(text[i] - 48)
    }
    let labelStart = digitCount + 2
    let keyStart = labelStart + Label.characterCount + 1
    guard text[labelStart - 1] == UInt8(ascii: "."), text[keyStart - 1] == UInt8(ascii: "."),
      let label = Label(text: text.extracting(labelStart..<keyStart - 1)),
      let key = try? PublicKey(text: text.extracting(keyStart..<text.count)), key.isUsable
    else { return nil }
    self.label = label
    self.key = key
  }

  var text: [UInt8] {
    var text = ByteWriter()
    text.append("v")
    text.append(decimal: UInt64(version))
    text.append(".")
    label.appendText(to: &text)
    text.append(".")
    key.appendText(to: &text)
    return text.bytes
  }
}
