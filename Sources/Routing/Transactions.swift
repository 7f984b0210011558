import Bytes
import Cryptography
import Switching

/// The queries that are out, and how long answers take.
struct Transactions {
  private let limits: RouterLimits
  private(set) var all: [Transaction] = []
  private var nextHandle: UInt32
  /// Milliseconds: the mean time to an answer, recent ones counting more.
  private(set) var meanResponse: UInt64 = 250

  #if !APPLIANCE
    private var mean = ResponseMean()
  #endif

  init(limits: RouterLimits, entropy: Entropy) {
    self.limits = limits
    nextHandle = entropy.randomUInt32()
  }

  var isFull: Bool { all.count >= limits.transactionCountMax }

  /// Milliseconds until a query counts as lost.
  var timeout: UInt64 {
    #if !APPLIANCE
      if limits.habits.contains(.janitor) { return mean.timeout }
    #endif
    return min(limits.queryTimeoutMax, max(limits.queryTimeoutMin, meanResponse * 10))
  }

  /// Milliseconds after which a search asks somebody else, too.
  var searchTimeout: UInt64 {
    #if !APPLIANCE
      if limits.habits.contains(.search) { return mean.searchTimeout(UInt64(nextHandle)) }
    #endif
    return min(2000, max(200, meanResponse * 2))
  }

  /// Begins a query; nil if too many are out.
  mutating func begin(
    _ purpose: Transaction.Purpose, to route: Route, timeout: UInt64?, at now: Instant,
    entropy: Entropy
  ) -> Transaction? {
    guard !isFull else { return nil }
    nextHandle &+= 1
    let transaction = Transaction(
      handle: nextHandle, cookie: entropy.randomUInt64(), route: route, purpose: purpose,
      sentAt: now, expiresAt: now + (timeout ?? self.timeout))
    all.append(transaction)
    return transaction
  }

  /// Ends the query that `number` of a message from `key` answers; nil if there is none.
  mutating func end(_ number: [UInt8], from key: PublicKey, at now: Instant) -> Transaction? {
    guard let (handle, cookie) = Transaction.parse(number),
      let index = all.firstIndex(where: { $0.handle == handle }),
      all[index].cookie == cookie, all[index].route.key == key
    else { return nil }
    let transaction = all.remove(at: index)
    let milliseconds = min(now.since(transaction.sentAt), limits.queryTimeoutMax)
    #if !APPLIANCE
      mean.add(milliseconds, at: now)
    #endif
    meanResponse = (meanResponse * 7 + milliseconds + 7) / 8
    return transaction
  }

  /// Ends a query that has waited too long; nil if there is none.
  mutating func expire(at now: Instant) -> Transaction? {
    guard let index = all.firstIndex(where: { $0.expiresAt <= now }) else { return nil }
    return all.remove(at: index)
  }

  var deadline: Instant {
    var deadline = Instant.never
    for transaction in all { deadline = min(deadline, transaction.expiresAt) }
    return deadline
  }
}
