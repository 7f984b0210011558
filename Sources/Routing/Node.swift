import Bytes
import Cryptography
import Switching

/// A node that answered us over its own session, or a direct peer. A class, because copying one
/// about took more flash than all else that is done with it; each belongs to one table.
final class Node {
  // What is looked at for many nodes lies together, in front.
  let address: IPv6Address
  /// The last eight bytes of the address: what nearly always tells it from others.
  let tail: UInt64
  var scheme: EncodingScheme
  /// That of the best path.
  var cost = UInt32.max
  var version: UInt32
  let key: PublicKey
  var doNotDisturb = false
  /// Seen from this node, 0 to 127.
  let bucket: UInt8

  /// Links that lead away from it, and to it.
  var links: [Link] = []
  var parents: [Link] = []
  /// True if a link to it is one of peering.
  var isPeer: Bool { parents.contains { $0.isPeer } }

  /// The best path; `Label.unreachable` if there is none.
  var path = Label.unreachable
  /// The last link of the best path; nil for this node itself and without a path.
  var bestLink: Link?
  /// The form of its director back to where the best path comes from.
  var inverseForm: Int {
    get { Int(form) }
    set { form = UInt8(truncatingIfNeeded: newValue) }
  }
  private var form: UInt8 = 0
  /// What `path` was before the update that is under way; nil if none touched it.
  var formerPath: Label?
  /// Its links are to be looked at by the update that is under way.
  var isQueued = false
  /// Since when there is no path; `.never` as long as there is one.
  var lostAt = Instant.never

  /// When something was last received over its path.
  var heardAt: Instant
  /// Milliseconds.
  var roundTrip: UInt32?

  // The reading of its peers, page by page.
  /// Where the next page begins.
  var cursor = Label.unknown
  var nextReadAt: Instant
  var readInterval: UInt64
  /// A query of the maintenance is out to it.
  var isAsked = false
  /// A sum over all that was listed since the first page, and over all that was the time before.
  var listSum: UInt64 = 0
  var knownListSum: UInt64 = 0
  /// Queries of the maintenance that it did not answer in a row, and when the first was sent.
  var failureCount: UInt8 = 0
  var failingSince = Instant.never
  /// When a switch's complaint last made us ask.
  var errorCheckAt = Instant.never
  /// Which of the nodes behind it could not be reached over it since something last came over it: a
  /// bit for every sixteenth place of the table.
  var stuckHops: UInt16 = 0
  /// It answers, or did, but seems to forward nothing: paths lead around it if they can.
  var isAvoided = false

  /// Bytes of one without its links, but with the heads of their lists.
  static var byteCount: Int {
    let word = MemoryLayout<Int>.size
    let fields = MemoryLayout<
      (
        IPv6Address, UInt64, EncodingScheme, UInt32, UInt32, PublicKey, Bool, UInt8, [Link], [Link],
        Label, Link?, UInt8, Label?, Bool, Instant, Instant, UInt32?, Label, Instant, UInt64, Bool,
        UInt64, UInt64, UInt8, Instant, Instant, UInt16, Bool
      )
    >.stride
    return 2 * word + fields + 2 * 4 * word
  }

  init(
    key: PublicKey, address: IPv6Address, version: UInt32, scheme: EncodingScheme,
    readInterval: UInt64, bucket: Int, at now: Instant
  ) {
    self.key = key
    self.address = address
    tail = Self.tail(of: address)
    self.bucket = UInt8(truncatingIfNeeded: bucket)
    self.version = version
    self.scheme = scheme
    self.readInterval = readInterval
    heardAt = now
    nextReadAt = now
  }

  static func tail(of address: IPv6Address) -> UInt64 {
    address.bytes.span.load64(bigEndianAt: 8)
  }

  /// What tells most keys apart.
  static func head(of key: PublicKey) -> UInt64 { key.bytes.span.load64(bigEndianAt: 0) }

  func losePath() {
    path = .unreachable
    cost = .max
    bestLink = nil
  }

  var isReachable: Bool { path != .unreachable }
  var route: Route { Route(key: key, address: address, version: version, label: path) }
}
