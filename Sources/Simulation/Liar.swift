import Bytes
import Cryptography
import Switching

/// Makes lies of a router's answers, by changing them when they leave: it claims to be next to
/// whoever was asked for, and that its peers are nodes from anywhere. The labels lead to somebody
/// else, nowhere, or to itself.
///
/// It reads and writes frames as they are on the link, so it can lie only without cryptography.
struct Liar {
  private static var askedCountMax: Int { 256 }

  /// Who was asked for, by the number of the transaction.
  private var asked: [[UInt8]: [UInt8]] = [:]
  private var lieCount: UInt64 = 0

  /// A frame that came in.
  mutating func hear(_ frame: [UInt8]) {
    guard let target = Self.value(of: "3:tar16:", in: frame, byteCount: 16),
      let transaction = Self.transaction(frame)
    else { return }
    if asked.count >= Self.askedCountMax { asked.removeAll() }
    asked[transaction] = target
  }

  /// Changes a frame of its own, if it is an answer that lists nodes; false if it is none. `key`
  /// is that of a node with this address, or of any for nil.
  mutating func change(_ frame: inout [UInt8], key: ([UInt8]?) -> PublicKey) -> Bool {
    guard let list = Self.list(frame), let transaction = Self.transaction(frame) else {
      return false
    }
    let target = asked[transaction]
    for start in stride(from: list.lowerBound, to: list.upperBound, by: 40) {
      let isBest = start + 40 == list.upperBound
      // What it says of itself stays true: nobody would believe it otherwise.
      if frame[start + 32..<start + 40].elementsEqual(Self.bytes(.here)) { continue }
      let victim = key(isBest ? target : nil).bytes
      for i in 0..<32 { frame[start + i] = victim[i] }
      lieCount += 1
      let label: Label? =
        switch lieCount % 4 {
        case 0: EncodingScheme.v358.label(slot: 200)
        case 1: .here
        default: nil
        }
      guard let label else { continue }
      frame.replaceSubrange(start + 32..<start + 40, with: Self.bytes(label))
    }
    return true
  }

  private static func bytes(_ label: Label) -> [UInt8] {
    (0..<8).map { UInt8(truncatingIfNeeded: label.bits >> UInt64(56 - 8 * $0)) }
  }

  /// Where the packed nodes of an answer are; nil if there are none.
  private static func list(_ frame: [UInt8]) -> Range<Int>? {
    var from = 0
    while let name = find("1:n", in: frame, from: from) {
      from = name
      var i = name
      var count = 0
      while i < frame.count, count < 1000, (0x30...0x39).contains(frame[i]) {
        count = count * 10 + Int(frame[i] - 0x30)
        i += 1
      }
      let start = i + 1
      guard count > 0, count % 40 == 0, start + count + 4 <= frame.count, frame[i] == 0x3a,
        frame[start + count..<start + count + 4].elementsEqual("2:np".utf8)
      else { continue }
      return start..<start + count
    }
    return nil
  }

  private static func transaction(_ frame: [UInt8]) -> [UInt8]? {
    value(of: "4:txid14:", in: frame, byteCount: 14)
  }

  private static func value(of name: StaticString, in frame: [UInt8], byteCount: Int) -> [UInt8]? {
    guard let start = find(name, in: frame, from: 0), start + byteCount <= frame.count else {
      return nil
    }
    return Array(frame[start..<start + byteCount])
  }

  /// Where it goes on behind `text`.
  private static func find(_ text: StaticString, in frame: [UInt8], from: Int) -> Int? {
    text.withUTF8Buffer { text in
      guard frame.count - from >= text.count else { return nil }
      for i in from...frame.count - text.count
      where frame[i] == text[0] && frame[i..<i + text.count].elementsEqual(text) {
        return i + text.count
      }
      return nil
    }
  }
}
