extension [UInt8] {
  /// A copy of `bytes`.
  @_optimize(size)
  public init(copying bytes: Span<UInt8>) {
    self.init()
    reserveCapacity(bytes.count)
    for i in 0..<bytes.count { append(bytes[i]) }
  }
}
