import Wire

/// How a `SystemRequest` went.
public indirect enum SystemResult: Equatable, Sendable {
  case ok
  /// In one line for the person who asked.
  case failed([UInt8])
  /// The number of the new link, and the address that it is really bound to.
  case link(Int, bound: LinkAddress)
  /// The number of the new link, and its device.
  case device(Int, name: [UInt8])
  case names([[UInt8]])
  case addresses([LinkAddress])
  case number(UInt64)
  case user(name: [UInt8], id: UInt32, group: UInt32)
  /// Whether no more files can be opened, and who we are.
  case permissions(noOpenFiles: Bool, user: UInt32)
}
