import Wire

/// A link that the interface knows.
final class AdminLink {
  let number: Int
  /// The address that its socket is bound to.
  let bound: LinkAddress

  init(number: Int, bound: LinkAddress) {
    self.number = number
    self.bound = bound
  }
}
