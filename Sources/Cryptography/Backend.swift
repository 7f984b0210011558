#if NULL
  @_exported import CryptographyNull

  /// Nobody: for the simulator.
  public typealias Backend = NullBackend
#elseif SODIUM
  @_exported import CryptographySodium

  /// Who computes the primitives; chosen when the program is built.
  public typealias Backend = SodiumBackend
#else
  @_exported import CryptographyCompact

  /// Who computes the primitives; chosen when the program is built.
  public typealias Backend = CompactBackend
#endif
