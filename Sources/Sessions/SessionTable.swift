import Bytes
import Cryptography
import Wire

/// The end-to-end sessions of a node, found by address and by receive handle. Bounded: when it is
/// full, one makes room (`EndToEndSupervision.Worth`).
///
/// Memory: a session is about 1.5 kB, an entry of the two indices 2 bytes, four for each session,
/// and its deadline 8.
public struct SessionTable: ~Copyable {
  private var sessions: [EndToEndSession?]
  /// When to look at each: what each has in `wakeAt`, so that they need not all be touched.
  private var deadlines: [Instant]
  private var byAddress: PlaceIndex
  private var byHandle: PlaceIndex
  private let identity: Identity
  public let strangerCountMax: Int
  public private(set) var count = 0
  /// Those that others began and did not complete are no more than this.
  private var strangerCountBound = 0
  /// When to look for what is due; not later than it really is.
  public private(set) var nextDeadline = Instant.never

  /// `capacity` is at most 16,384; `strangerCountMax` of them may be such as others began and did
  /// not complete.
  public init(
    identity: Identity, capacity: Int, strangerCountMax: Int, entropy: Entropy
  ) {
    precondition(capacity > 0)
    self.identity = identity
    self.strangerCountMax = strangerCountMax
    let seed = entropy.randomUInt64()
    byAddress = PlaceIndex(capacity: capacity, seed: seed)
    byHandle = PlaceIndex(capacity: capacity, seed: seed)
    sessions = .init(repeating: nil, count: capacity)
    deadlines = .init(repeating: .never, count: capacity)
  }

  public var capacity: Int { sessions.count }

  // MARK: Finding

  /// The session with the node at `address`.
  public func find(address: IPv6Address) -> EndToEndSession? {
    byAddress.find(Self.hash(address)) { sessions[$0]!.address == address }.flatMap { sessions[$0] }
  }

  /// The session whose receive handle is `handle`.
  public func find(handle: UInt32) -> EndToEndSession? {
    byHandle.find(UInt64(handle)) { sessions[$0]!.receiveHandle == handle }
      .flatMap { sessions[$0] }
  }

  /// The session in place `number`, 0 to `capacity` − 1.
  public subscript(number: Int) -> EndToEndSession? { sessions[number] }

  private static func hash(_ address: IPv6Address) -> UInt64 {
    address.bytes.span.load64(bigEndianAt: 8)
  }

  // MARK: Entering and leaving

  /// A session that is not in the table yet, with a receive handle that nobody has.
  public func make(
    key: PublicKey, address: IPv6Address, byStranger: Bool, at now: Instant,
    entropy: Entropy
  ) -> EndToEndSession {
    var handle = entropy.randomUInt32()
    while handle < EndToEndSession.handleMin || handle == ControlFrame.handle
      || find(handle: handle) != nil
    {
      handle = entropy.randomUInt32()
    }
    return EndToEndSession(
      identity: identity, key: key, address: address, receiveHandle: handle,
      byStranger: byStranger, at: now)
  }

  /// Puts `session`, of an address that the table does not have, into it. Returns the session that
  /// had to go for it.
  @discardableResult
  public mutating func insert(_ session: EndToEndSession, at now: Instant) -> EndToEndSession? {
    precondition(find(address: session.address) == nil, "one session for each address")
    var evicted: EndToEndSession?
    if session.isByStranger, strangerCountBound >= strangerCountMax {
      strangerCountBound = strangerCount
    }
    if session.isByStranger, strangerCountBound >= strangerCountMax {
      evicted = worst(ofStrangers: true, at: now)
    } else if count >= capacity {
      evicted = worst(ofStrangers: false, at: now)
    }
    if let evicted { remove(evicted) }
    if session.isByStranger { strangerCountBound += 1 }
    guard let number = sessions.firstIndex(where: { $0 == nil }) else { return evicted }
    session.number = number
    sessions[number] = session
    count += 1
    byAddress.insert(Self.hash(session.address), place: number)
    byHandle.insert(UInt64(session.receiveHandle), place: number)
    schedule(session)
    return evicted
  }

  /// Who goes first, of all, or of those that others began and did not complete: by the use that it
  /// still is of, then the least recently used.
  @inline(never)
  private func worst(ofStrangers: Bool, at now: Instant) -> EndToEndSession? {
    var worst: EndToEndSession?
    for session in sessions {
      guard let session else { continue }
      if ofStrangers, !session.isByStranger || session.supervision.isProven { continue }
      if let other = worst {
        let worth = session.supervision.worth(at: now)
        let otherWorth = other.supervision.worth(at: now)
        if otherWorth < worth { continue }
        if otherWorth == worth, other.supervision.lastUse <= session.supervision.lastUse {
          continue
        }
      }
      worst = session
    }
    return worst
  }

  private var strangerCount: Int {
    var count = 0
    for session in sessions {
      if let session, session.isByStranger, !session.supervision.isProven { count += 1 }
    }
    return count
  }

  /// Takes `session`, which is in the table, out of it.
  public mutating func remove(_ session: EndToEndSession) {
    precondition(session.number >= 0 && sessions[session.number] === session)
    var position = byAddress.remove(Self.hash(session.address), place: session.number)
    while let other = byAddress.takeNext(behind: &position) {
      byAddress.insert(Self.hash(sessions[other]!.address), place: other)
    }
    position = byHandle.remove(UInt64(session.receiveHandle), place: session.number)
    while let other = byHandle.takeNext(behind: &position) {
      byHandle.insert(UInt64(sessions[other]!.receiveHandle), place: other)
    }
    sessions[session.number] = nil
    deadlines[session.number] = .never
    session.number = -1
    count -= 1
  }

  // MARK: Time

  /// Sees to it that `nextDeadline` is in time for `session`.
  @inline(__always)
  public mutating func expect(_ session: EndToEndSession) {
    if session.supervision.deadline < session.wakeAt { schedule(session) }
  }

  /// Takes over when `session` wants to be looked at.
  @inline(never)
  public mutating func schedule(_ session: EndToEndSession) {
    guard session.number >= 0 else { return }
    session.wakeAt = session.supervision.deadline
    deadlines[session.number] = session.wakeAt
    nextDeadline = min(nextDeadline, session.wakeAt)
  }

  /// When something may be due for the session in place `number`; `.never` if there is none.
  @inline(__always)
  public func deadline(_ number: Int) -> Instant { deadlines[number] }

  /// Computes `nextDeadline` anew, after all that was due was done.
  public mutating func updateDeadline() {
    nextDeadline = .never
    for deadline in deadlines { nextDeadline = min(nextDeadline, deadline) }
  }
}
