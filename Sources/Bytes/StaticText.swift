extension StaticString {
  /// The bytes of a text. Unlike `utf8Start` it does not ask whether this is a lone character,
  /// which needs to be spelt out to be one: so nobody has to hand on the answer with each text.
  public var span: Span<UInt8> {
    @_lifetime(immortal)
    get {
      let parts = unsafeBitCast(self, to: (start: UInt, count: UInt, flags: UInt8).self)
      let span = Span(
        _unsafeStart: UnsafePointer<UInt8>(bitPattern: parts.start).unsafelyUnwrapped,
        count: Int(bitPattern: parts.count))
      return _overrideLifetime(span, copying: ())
    }
  }
}
