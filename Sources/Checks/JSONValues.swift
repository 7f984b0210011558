import Bytes
import Switching

extension JSON {
  /// A label written as 16 hex digits.
  var label: Label? { hexNumber.map { Label($0) } }

  /// True if `label` is the one that stands here, or nil where null stands.
  func isLabel(_ label: Label?) -> Bool {
    isNull ? label == nil : label != nil && self.label == label
  }

  /// A number that fits an `Int`.
  var count: Int? { int.flatMap { Int(exactly: $0) } }

  /// The bytes of a string whose characters stand for one byte each (latin-1).
  var latin1: [UInt8]? {
    guard let text else { return nil }
    var bytes: [UInt8] = []
    var index = 0
    while index < text.count {
      if text[index] < 0x80 {
        bytes.append(text[index])
        index += 1
      } else {
        guard index + 1 < text.count, text[index] & 0xfc == 0xc0 else { return nil }
        bytes.append(text[index] << 6 | text[index + 1] & 0x3f)
        index += 2
      }
    }
    return bytes
  }
}
