import Wire

/// What the admin interface wants done.
public indirect enum AdminEffect: Sendable {
  /// Send this datagram there.
  case reply([UInt8], to: LinkAddress)
  /// Do this, then call `finish` with the token.
  case system(SystemRequest, token: UInt32)
}
