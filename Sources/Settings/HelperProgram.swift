import Bytes
import Cryptography

/// The small programs that come with cjdroute (cjdroute.md section 6). Each is the same executable
/// under another name, or with that name as its first argument.
public enum HelperProgram: Sendable {
  case publicToIP6
  case privateToPublic
  case makeKeys
  case randomBytes
  case makePassword

  /// nil if no helper has that name.
  public init?(name: [UInt8]) {
    if name.isText("publictoip6") {
      self = .publicToIP6
    } else if name.isText("privatetopublic") {
      self = .privateToPublic
    } else if name.isText("makekeys") {
      self = .makeKeys
    } else if name.isText("randombytes") {
      self = .randomBytes
    } else if name.isText("mkpasswd") {
      self = .makePassword
    } else {
      return nil
    }
  }

  /// What a helper has to say, and how it ends.
  public struct Result: Equatable, Sendable {
    /// For standard output.
    public var output: [UInt8] = []
    /// For standard error.
    public var complaint: [UInt8] = []
    public var status = ExitStatus.success
  }

  /// True if it wants to read standard input first; 64 bytes are enough.
  public func readsInput(arguments: [[UInt8]]) -> Bool {
    self == .privateToPublic && arguments.isEmpty
  }

  /// True if it is to be run again until nobody reads its output.
  public func isEndless(arguments: [[UInt8]]) -> Bool {
    (self == .makeKeys || self == .randomBytes) && arguments.isEmpty
  }

  /// One run; `arguments` without the helper's name.
  public func run(arguments: [[UInt8]], input: Span<UInt8>, entropy: Entropy) -> Result {
    var result = Result()
    var text = ByteWriter()
    switch (self, arguments.count) {
    case (.publicToIP6, 1): return Self.address(ofKey: arguments[0])
    case (.privateToPublic, 0): return Self.publicKey(ofKey: input)
    case (.makeKeys, 0):
      let identity = Identity.generate(entropy)
      text.append(hex: identity.privateKey)
      text.append(" ")
      identity.publicKey.address.appendText(to: &text)
      text.append(" ")
      identity.publicKey.appendText(to: &text)
      text.append("\n")
    case (.randomBytes, 0):
      var bytes = [UInt8](repeating: 0, count: 4096)
      var span = bytes.mutableSpan
      entropy.fillSecret(&span)
      result.output = bytes
      return result
    case (.makePassword, 0):
      text.append(Password.generate(entropy))
      text.append("\n")
    default: text.append(usage)
    }
    result.output = text.bytes
    return result
  }

  private var usage: StaticString {
    switch self {
    case .publicToIP6:
      "Usage: publictoip6 KEY.k\nPrints the address that belongs to a public key.\n"
    case .privateToPublic:
      """
      Usage: privatetopublic
      Reads the 64 hex digits of a private key; prints it, the public key and the address.

      """
    case .makeKeys:
      """
      Usage: makekeys
      Prints lines of private key, address and public key until nobody reads on.

      """
    case .randomBytes: "Usage: randombytes\nWrites random bytes until nobody reads on.\n"
    case .makePassword: "Usage: mkpasswd\nPrints a random password.\n"
    }
  }

  private static func address(ofKey text: [UInt8]) -> Result {
    do throws(KeyError) {
      let key = try PublicKey(text: text.span)
      guard key.isUsable else { throw .notInRange }
      let address = key.address.bytes
      var line = ByteWriter()
      for group in 0..<8 {
        if group > 0 { line.append(":") }
        let value = UInt64(address.span.load16(bigEndianAt: 2 * group))
        line.append(hex: value, digits: value > 0xfff ? 4 : value > 0xff ? 3 : value > 15 ? 2 : 1)
      }
      line.append("\n")
      return Result(output: line.bytes)
    } catch {
      switch error {
      case .wrongLength where text.count < PublicKey.characterCount:
        return failure("ERROR: Key_parse_TOO_SHORT\n")
      case .wrongLength, .missingSuffix: return failure("ERROR: Key_parse_MALFORMED\n")
      case .undecodable: return failure("ERROR: Key_parse_DECODE_FAILED\n")
      case .notInRange: return failure("ERROR: Key_parse_INVALID\n")
      }
    }
  }

  private static func publicKey(ofKey input: Span<UInt8>) -> Result {
    guard input.count >= 64, let bytes = Hex.decode(input.extracting(0..<64)) else {
      return failure("privatetopublic: standard input must begin with 64 hex digits\n")
    }
    do throws(KeyError) {
      let identity = try Identity(privateKey: SecretBytes(copying: bytes.span))
      var text = ByteWriter()
      text.append(input.extracting(0..<64))
      text.append("\n")
      identity.publicKey.appendText(to: &text)
      text.append("\n")
      identity.publicKey.address.appendText(to: &text)
      text.append("\n")
      return Result(output: text.bytes)
    } catch {
      return failure("privatetopublic: this key's address is not in fc00::/8\n")
    }
  }

  private static func failure(_ text: StaticString) -> Result {
    var complaint = ByteWriter()
    complaint.append(text)
    return Result(complaint: complaint.bytes, status: .input)
  }
}

extension ByteWriter {
  /// The digits of a private key.
  mutating func append(hex key: borrowing SecretBytes<32>) { append(hex: key.span) }
}
