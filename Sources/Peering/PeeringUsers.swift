import Bytes
import Cryptography
import Sessions
import Wire

// Who may come in.
extension Peering {
  public var userCount: Int { users.count }

  /// The login of user number `index`, below `userCount`, in the order of registration.
  public func userLogin(at index: Int) -> [UInt8] { users.login(at: index) }

  /// Lets in whoever knows `password` (1 to 64 bytes). `login` (1 to 64 bytes) belongs to one user
  /// only; nil: a name is made up, `Anon #` and the number of users so far. `address`: the only one
  /// that the other's key may have.
  @inline(never)
  public mutating func addUser(
    password: [UInt8], login: [UInt8]?, address: IPv6Address?
  ) throws(UserError) {
    if let login {
      try users.add(password: password.span, login: login, address: address)
      return
    }
    // Users may have been removed since the last name was made up.
    for number in users.count...(2 * users.count) {
      var name = ByteWriter()
      name.append(Self.madeUpName)
      name.append(decimal: UInt64(number))
      do throws(UserError) {
        try users.add(password: password.span, login: name.bytes, address: address)
        return
      } catch {
        guard error == .loginTaken else { throw error }
      }
    }
    throw .full
  }

  /// Sees to it that whoever knows `password` is let in as `addUser` would. Users with the same
  /// login or password that differ otherwise go; a made-up name may stay. The login it has.
  @inline(never)
  public mutating func keepUser(
    password: [UInt8], login: [UInt8]?, address: IPv6Address?
  ) throws(UserError) -> (change: EntryChange, login: [UInt8]) {
    if let known = users.find(password: password.span, address: address),
      login.map({ $0 == known }) ?? Self.isMadeUp(known)
    {
      return (.none, known)
    }
    // Nobody goes for one that cannot come.
    guard password.count > 0, password.count <= UserTable.passwordByteCountMax else {
      throw .unusablePassword
    }
    guard login?.count ?? 0 <= UserTable.loginByteCountMax else { throw .unusableLogin }
    let count = users.count
    users.makeWay(password: password.span, login: login)
    let change: EntryChange = users.count < count ? .changed : .new
    try addUser(password: password, login: login, address: address)
    return (change, users.login(at: users.count - 1))
  }

  private static func isMadeUp(_ login: [UInt8]) -> Bool {
    let start = madeUpName.span
    guard login.count > start.count else { return false }
    for i in 0..<start.count where login[i] != start[i] { return false }
    return true
  }

  private static var madeUpName: StaticString { "Anon #" }

  /// Lets nobody in any more as the user with `login`; how many such users there were. Sessions
  /// that exist go on.
  public mutating func removeUser(login: [UInt8]) -> Int { users.remove(login: login) }

  /// The password of the beacons of a network: who knows its name knows this too. It keeps networks
  /// apart, and is no secret.
  static func password(ofNetwork name: [UInt8]) -> FixedBytes<20> {
    var digest = FixedBytes<32>()
    var result = digest.mutableSpan
    Backend.sha256(name.span, name.span.extracting(0..<0), into: &result)
    let text = Base32.encode(digest.span)
    var password = FixedBytes<20>()
    for i in 0..<19 { password[i] = text[i] }
    return password
  }

  /// Whoever hears the beacons of a link may come in there. Does nothing the second time.
  mutating func registerBeaconUser(of link: Link) {
    do throws(UserError) {
      try users.add(
        password: link.password.span, login: Self.loginBytes, address: nil, realm: link.realm)
    } catch {
      if error == .full { counters.exhaustedCount += 1 }
    }
  }
}
