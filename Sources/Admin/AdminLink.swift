import Wire

/// A link that the interface knows.
struct AdminLink {
  var number: Int
  /// The address that its socket is bound to.
  var bound: LinkAddress
}
