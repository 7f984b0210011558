import Bytes
import Cryptography

/// Who may come in (crypto.md 3.12). Bounded; passwords are kept as hashes and wiped.
public struct UserTable: ~Copyable {
  public static var passwordByteCountMax: Int { 64 }
  public static var loginByteCountMax: Int { 64 }

  private var users: [User] = []
  public let capacity: Int
  /// Where the handshakes come from that are being looked at: users of other realms are not found.
  public var realm: UInt64 = 0

  public init(capacity: Int = 64) { self.capacity = capacity }

  public var count: Int { users.count }

  /// The login of user number `index`, below `count`, in the order of registration.
  public func login(at index: Int) -> [UInt8] { users[index].login }

  /// Registers a user. `password` has 1 to 64 bytes, and nobody else has it; `login` has 1 to 64,
  /// and nobody else in the same `realm`, of which 0 is everywhere; `address`: the only one its key
  /// may have.
  public mutating func add(
    password: Span<UInt8>, login: [UInt8], address: IPv6Address?, realm: UInt64 = 0
  ) throws(UserError) {
    guard password.count > 0, password.count <= Self.passwordByteCountMax else {
      throw .unusablePassword
    }
    guard !login.isEmpty, login.count <= Self.loginByteCountMax else { throw .unusableLogin }
    guard !users.contains(where: { $0.login == login && $0.realm == realm }) else {
      throw .loginTaken
    }
    guard users.count < capacity else { throw .full }
    let user = User(password: password, login: login, address: address, realm: realm)
    for other in users where other.passwordLookup == user.passwordLookup { throw .passwordTaken }
    users.append(user)
  }

  /// Removes the users with `login`, one of each realm at most; how many there were.
  public mutating func remove(login: [UInt8]) -> Int {
    let before = users.count
    users.removeAll { $0.login == login }
    return before - users.count
  }

  /// The login of the user of all realms with that password and that `address`.
  public func find(password: Span<UInt8>, address: IPv6Address?) -> [UInt8]? {
    let lookup = Challenge.password(password).span.load64(bigEndianAt: 0)
    for user in users
    where user.realm == 0 && user.passwordLookup == lookup && user.address == address {
      return user.login
    }
    return nil
  }

  /// Removes the users of all realms in whose place one with that password and login may be added.
  public mutating func makeWay(password: Span<UInt8>, login: [UInt8]?) {
    let lookup = Challenge.password(password).span.load64(bigEndianAt: 0)
    users.removeAll { $0.realm == 0 && ($0.passwordLookup == lookup || $0.login == login) }
  }

  public mutating func removeAll() { users.removeAll() }

  /// The first user that the challenge in `header` (a whole handshake header) names; nil if none
  /// does. Which one it is, and whether there is one, does not show in the time it takes.
  func find(_ header: Span<UInt8>) -> User? {
    // The type is part of the lookup: 0 and all above 2 match nobody.
    let lookup = header.load64(bigEndianAt: 4)
    var found = -1
    for i in 0..<users.count {
      let number = users.count - 1 - i
      let difference =
        Self.difference(lookup, users[number].passwordLookup)
        & Self.difference(lookup, users[number].loginLookup)
      guard users[number].realm == 0 || users[number].realm == realm else { continue }
      found = found & difference | number & ~difference
    }
    return found < 0 ? nil : users[found]
  }

  /// 0 if both are equal, else −1.
  @inline(__always)
  private static func difference(_ a: UInt64, _ b: UInt64) -> Int {
    let bits = a ^ b
    return 0 &- Int(truncatingIfNeeded: (bits | (0 &- bits)) >> 63)
  }
}
