import Cryptography
import Sessions
import Wire

/// The cryptography of one packet and nothing else, on boxes of the same lengths.
struct Boxes {
  private var link: [UInt8]
  private var endToEnd: [UInt8]
  private let key = [UInt8](repeating: 3, count: 32)
  private let nonce = [UInt8](repeating: 4, count: 24)

  /// The box of a frame on a link is all of it but the counter; that of the session from end to end
  /// lies within, behind switch header, handle and counter.
  init(frameByteCount: Int) {
    let counterByteCount = 4
    let linkContent = frameByteCount - CryptoAuth.runOverhead
    let handleByteCount = EndToEndSession.handleByteCount
    link = .init(repeating: 1, count: frameByteCount - counterByteCount)
    endToEnd = .init(
      repeating: 2,
      count: linkContent - SwitchHeader.byteCount - handleByteCount - counterByteCount)
  }

  /// False if a box that was sealed does not open.
  mutating func count(_ number: (Step) -> Int) -> Bool {
    Marks.begin()
    Self.seal(&endToEnd, key, nonce)
    Self.seal(&link, key, nonce)
    Marks.end(number(.sendsCryptography))
    Marks.begin()
    let isForwarded = Self.open(&link, key, nonce)
    Self.seal(&link, key, nonce)
    Marks.end(number(.forwardsCryptography))
    Marks.begin()
    let isReceived = Self.open(&link, key, nonce) && Self.open(&endToEnd, key, nonce)
    Marks.end(number(.receivesCryptography))
    return isForwarded && isReceived
  }

  // Static: a method would hold the arrays too, and what is held twice is copied when written to.
  private static func seal(_ box: inout [UInt8], _ key: [UInt8], _ nonce: [UInt8]) {
    var bytes = box.mutableSpan
    Backend.secretboxSeal(&bytes, nonce: nonce.span, key: key.span)
  }

  private static func open(_ box: inout [UInt8], _ key: [UInt8], _ nonce: [UInt8]) -> Bool {
    var bytes = box.mutableSpan
    return Backend.secretboxOpen(&bytes, nonce: nonce.span, key: key.span)
  }
}
